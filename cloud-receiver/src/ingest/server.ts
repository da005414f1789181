import { createServer as createHttp } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { createServer as createHttps } from 'node:https'
import type { TlsOptions } from 'node:tls'
import { fastify } from 'fastify'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Logger } from 'pino'
import { encodeReceipt, limits } from '@lineside/contract'
import type { Clock } from '@lineside/contract'
import type { Credentials } from '../credentials/credentials.ts'
import { bearerOf } from '../credentials/token.ts'
import { isLoopback } from '../config/config.ts'
import { ReceiverError } from '../error.ts'
import type { Log } from '../log/log.ts'
import type { Metrics } from '../metrics.ts'
import { createAdmission } from './admission.ts'
import { discard, readBody } from './read-body.ts'
import { incomingOf, receiptOf } from './receipt.ts'
import { isRefused, refused } from './refused.ts'
import type { Refused } from './refused.ts'

export interface IngestOptions {
  readonly log: Log
  readonly credentials: Pick<Credentials, 'verify'>
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: Metrics
  readonly limits: { readonly memory: number; readonly gatewayRate: number }
  /** PEM texts. */
  readonly tls?: { readonly cert: string; readonly key: string; readonly clientCa: string | undefined }
  /** What is not well, in words that may be shown to anyone; empty: all is. */
  readonly problems: () => readonly string[]
}

/** The only type that a body may have. */
export const bodyType = 'application/x-ndjson'
export const bodyTimeoutMs = 30_000
const headersTimeoutMs = 10_000
/** Further ones are closed; a gateway holds one or two. */
const maxConnections = 10_000

/** The receiver's HTTP side: `POST /v1/batches`, `GET /v1/status`, `/healthz` and `/metrics`; nothing else is there. */
export function createIngest(options: IngestOptions): FastifyInstance {
  const server = createServer(options)
  server.removeAllContentTypeParsers()
  server.addContentTypeParser(bodyType, (_request, payload, done) => done(null, payload))
  server.setNotFoundHandler((_request, reply) =>
    answer(options.clock, reply, refused(404, 'not_found', 'there is nothing here')),
  )
  server.setErrorHandler((error, _request, reply) => {
    const status = statusOf(error)
    if (status >= 500) options.logger.error({ err: error }, 'a request failed')
    const known =
      status < 500 ? refused(status, 'bad_request', 'this is not a request that the receiver knows') : failed
    return answer(options.clock, reply, known)
  })
  const storing: Storing = { ok: true }
  addBatches(server, options, storing)
  addReports(server, options, storing)
  return server
}

/** Whether the last request that could be stored was. */
interface Storing {
  ok: boolean
}

const failed = refused(503, 'unavailable', 'the receiver can not store at the moment', 5000)

/** The gateway whose token the request carries, or the refusal. */
type Authenticate = (request: FastifyRequest) => string | Refused

function authenticator({ credentials }: IngestOptions): Authenticate {
  return request => {
    const token = bearerOf(request.headers.authorization)
    const gateway = token === undefined ? undefined : credentials.verify(token)
    return gateway ?? refused(401, 'unauthorized', 'no valid token; send authorization: Bearer TOKEN')
  }
}

function addBatches(server: FastifyInstance, options: IngestOptions, storing: Storing): void {
  const { log, clock, logger, metrics } = options
  const admission = createAdmission({ ...options.limits, received: bytes => metrics.bytes.inc(bytes) })
  const authenticate = authenticator(options)
  const gateways = new WeakMap<FastifyRequest, string>()

  server.addHook('onResponse', (request, reply, done) => {
    if (request.routeOptions.url === '/v1/batches') metrics.requests.inc({ status: reply.statusCode })
    done()
  })
  server.route({
    method: 'POST',
    url: '/v1/batches',
    // Before a byte of the body is read.
    onRequest: async (request, reply) => {
      const gateway = authenticate(request)
      if (typeof gateway !== 'string') return answer(options.clock, reply, gateway)
      const problem = headerProblem(request.headers)
      if (problem !== undefined) return answer(options.clock, reply, problem)
      gateways.set(request, gateway)
      return undefined
    },
    handler: async (request, reply) => {
      const gateway = gateways.get(request)
      if (gateway === undefined) return answer(options.clock, reply, failed)
      const place = admission.enter(gateway, clock.monotonic())
      if (isRefused(place)) return answer(options.clock, reply, place)
      metrics.underWay.set(admission.underWay)
      try {
        const outcome = await store(request.raw, gateway, place)
        return isRefused(outcome)
          ? answer(options.clock, reply, outcome)
          : reply.type('application/json').send(outcome.receipt)
      } finally {
        place.leave()
        metrics.underWay.set(admission.underWay)
      }
    },
  })

  async function store(
    raw: IncomingMessage,
    gateway: string,
    place: Parameters<typeof readBody>[1]['place'],
  ): Promise<{ readonly receipt: string } | Refused> {
    const decoded = await readBody(raw, { clock, place, timeoutMs: bodyTimeoutMs }).catch((error: unknown) => {
      // The connection broke: ordinary, and nobody is left to be told.
      if (raw.errored) return refused(400, 'aborted', 'the connection broke')
      throw error
    })
    if (isRefused(decoded)) {
      if (decoded.code === 'gateway_mismatch')
        logger.warn({ gateway, said: decoded.message }, 'foreign gateway refused')
      return decoded
    }
    if (decoded.envelope.gateway !== gateway) {
      logger.warn({ gateway, said: decoded.envelope.gateway }, 'foreign gateway refused')
      return refused(403, 'gateway_mismatch', `the token belongs to another gateway than ${decoded.envelope.gateway}`)
    }
    const started = clock.monotonic()
    try {
      const committed = await log.commit(incomingOf(decoded))
      if (!storing.ok) logger.info('the log stores again')
      storing.ok = true
      metrics.commitSeconds.observe((clock.monotonic() - started) / 1000)
      metrics.batches.inc({ outcome: 'stored' }, committed.batches)
      metrics.batches.inc(
        { outcome: 'duplicate' },
        decoded.batches.length - committed.batches - committed.rejected.length,
      )
      metrics.batches.inc({ outcome: 'rejected' }, decoded.rejected.length + committed.rejected.length)
      metrics.entries.inc(committed.entries)
      metrics.readings.inc(committed.readings)
      return { receipt: encodeReceipt(receiptOf(committed, decoded.rejected.concat(committed.rejected))) }
    } catch (error) {
      if (!(error instanceof ReceiverError)) throw error
      if (storing.ok) logger.error({ err: error }, 'the log can not store; the gateways keep what they have')
      storing.ok = false
      return failed
    }
  }
}

function addReports(server: FastifyInstance, options: IngestOptions, storing: Storing): void {
  const { log, metrics, problems } = options
  const authenticate = authenticator(options)
  server.get('/v1/status', async (request, reply) => {
    const gateway = authenticate(request)
    if (typeof gateway !== 'string') return answer(options.clock, reply, gateway)
    const found = await log.totals(gateway)
    if (found === undefined) return { gateway, batches: 0, entries: 0, readings: 0 }
    const { batches, entries, readings, received: lastReceivedMs } = found
    return { gateway, batches, entries, readings, lastReceivedMs }
  })
  server.get('/healthz', async (_request, reply) => {
    const found = storing.ok ? problems() : ['the log can not store', ...problems()]
    return found.length === 0 ? { ok: true } : answer(options.clock, reply, refused(503, 'unhealthy', found.join('; ')))
  })
  server.get('/metrics', async (request, reply) => {
    // A proxy on this machine must not pass them on.
    const direct = request.headers.forwarded === undefined && request.headers['x-forwarded-for'] === undefined
    const address = (request.socket.remoteAddress ?? '').replace(/^::ffff:/, '')
    if (!direct || !isLoopback(address))
      return answer(options.clock, reply, refused(404, 'not_found', 'there is nothing here'))
    return reply.type(metrics.registry.contentType).send(await metrics.registry.metrics())
  })
}

function headerProblem(headers: IncomingMessage['headers']): Refused | undefined {
  if (headers['content-type'] !== bodyType || headers['content-encoding'] !== 'gzip') {
    return refused(415, 'unsupported_media_type', `send content-type: ${bodyType} with content-encoding: gzip`)
  }
  if (Number(headers['content-length'] ?? 0) <= limits.requestBytes) return undefined
  return refused(413, 'too_large', `request of more than ${limits.requestBytes} bytes`)
}

/** Sends a refusal. The body is read to its end first, within bounds: else its sender might never hear the answer. */
async function answer(
  clock: Clock,
  reply: FastifyReply,
  { status, code, message, retryAfterMs }: Refused,
): Promise<FastifyReply> {
  const { raw } = reply.request
  if (retryAfterMs !== undefined) void reply.header('retry-after', Math.max(1, Math.ceil(retryAfterMs / 1000)))
  if (status === 401) void reply.header('www-authenticate', 'Bearer')
  if (raw.method === 'POST' && status !== 408 && status !== 413) await discard(raw, clock)
  if (raw.method === 'POST' && !raw.complete) {
    void reply.header('connection', 'close')
    reply.raw.once('finish', () => raw.destroy())
  }
  return reply.code(status).type('application/json').send(JSON.stringify({ code, message }))
}

function statusOf(error: unknown): number {
  if (typeof error !== 'object' || error === null || !('statusCode' in error)) return 500
  return typeof error.statusCode === 'number' ? error.statusCode : 500
}

function createServer({ tls, logger }: IngestOptions): FastifyInstance {
  const http = {
    headersTimeout: headersTimeoutMs,
    requestTimeout: headersTimeoutMs + bodyTimeoutMs + 5000,
    keepAliveTimeout: 75_000,
    maxHeaderSize: 16_384,
    connectionsCheckingInterval: 5000,
  }
  return fastify({
    logger: false,
    exposeHeadRoutes: false,
    forceCloseConnections: 'idle',
    serverFactory: handler => {
      const server = tls === undefined ? createHttp(http, handler) : createHttps({ ...http, ...tlsOf(tls) }, handler)
      server.maxConnections = maxConnections
      return server
    },
    clientErrorHandler: (error, socket) => {
      logger.debug({ reason: error.message }, 'a connection spoke no HTTP')
      if (socket.writable) socket.end('HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\n\r\n')
    },
  })
}

function tlsOf({ cert, key, clientCa }: NonNullable<IngestOptions['tls']>): TlsOptions {
  const server = { cert, key, minVersion: 'TLSv1.2' } as const
  return clientCa === undefined ? server : { ...server, ca: clientCa, requestCert: true, rejectUnauthorized: true }
}
