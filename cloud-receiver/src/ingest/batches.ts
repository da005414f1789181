import type { IncomingMessage } from 'node:http'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { encodeReceipt, limits } from '@lineside/contract'
import type { DecodedRequest } from '@lineside/contract'
import { ReceiverError } from '../error.ts'
import type { Committed, IncomingBatch } from '../log/log.ts'
import { createAdmission } from './admission.ts'
import type { Place } from './admission.ts'
import { answer, failed } from './answer.ts'
import type { Authenticate } from './authenticate.ts'
import type { IngestOptions, Storing } from './options.ts'
import { readBody } from './read-body.ts'
import { incomingOf, receiptOf } from './receipt.ts'
import { isRefused, refused } from './refused.ts'
import type { Refused } from './refused.ts'

/** The only type that a body may have. */
export const bodyType = 'application/x-ndjson'
export const bodyTimeoutMs = 30_000
/** When a gateway asks a full log again. */
const fullRetryMs = 30_000

const full = refused(503, 'full', 'the log is full; keep what you have and send it again later', fullRetryMs)

/** `POST /v1/batches`. */
export function addBatches(
  server: FastifyInstance,
  options: IngestOptions,
  authenticate: Authenticate,
  storing: Storing,
): void {
  const { clock, metrics } = options
  metrics.memoryLimit.set(options.limits.memory)
  const admission = createAdmission({
    ...options.limits,
    received: bytes => metrics.bytes.inc(bytes),
    memoryUsed: bytes => metrics.memory.set(bytes),
  })
  const gateways = new WeakMap<FastifyRequest, string>()

  /** Who may send; before a byte of the body is read. */
  function judge(request: FastifyRequest): Refused | undefined {
    const gateway = authenticate(request)
    if (isRefused(gateway)) return gateway
    gateways.set(request, gateway.name)
    return headerProblem(request.headers) ?? (options.full() === undefined ? undefined : full)
  }

  server.addHook('onResponse', (request, reply, done) => {
    if (request.routeOptions.url === '/v1/batches') metrics.requests.inc({ status: reply.statusCode })
    done()
  })
  server.route({
    method: 'POST',
    url: '/v1/batches',
    onRequest: async (request, reply) => {
      const refusal = judge(request)
      return refusal === undefined ? undefined : answer(clock, reply, refusal)
    },
    handler: async (request, reply) => {
      const gateway = gateways.get(request)
      if (gateway === undefined) return answer(clock, reply, failed)
      const place = admission.enter(gateway, lengthOf(request.headers) ?? 0, clock.monotonic())
      if (isRefused(place)) return answer(clock, reply, place)
      metrics.underWay.set(admission.underWay)
      try {
        const decoded = await decode(options, request.raw, gateway, place)
        const outcome = isRefused(decoded) ? decoded : await store(options, decoded, storing)
        return isRefused(outcome) ? answer(clock, reply, outcome) : reply.type('application/json').send(outcome.receipt)
      } finally {
        place.leave(clock.monotonic())
        metrics.underWay.set(admission.underWay)
      }
    },
  })
}

async function decode(
  { clock, logger }: IngestOptions,
  raw: IncomingMessage,
  gateway: string,
  place: Place,
): Promise<DecodedRequest<IncomingBatch> | Refused> {
  const decoded = await readBody(raw, {
    clock,
    place,
    timeoutMs: bodyTimeoutMs,
    announced: lengthOf(raw.headers),
  }).catch((error: unknown) => {
    // The connection broke: ordinary, and nobody is left to be told.
    if (raw.errored) return refused(400, 'aborted', 'the connection broke')
    throw error
  })
  if (isRefused(decoded)) {
    if (decoded.code === 'gateway_mismatch') logger.warn({ gateway, said: decoded.message }, 'foreign gateway refused')
    return decoded
  }
  if (decoded.envelope.gateway === gateway) return decoded
  logger.warn({ gateway, said: decoded.envelope.gateway }, 'foreign gateway refused')
  return refused(403, 'gateway_mismatch', `the token belongs to another gateway than ${decoded.envelope.gateway}`)
}

async function store(
  options: IngestOptions,
  decoded: DecodedRequest<IncomingBatch>,
  storing: Storing,
): Promise<{ readonly receipt: string } | Refused> {
  const { log, clock, logger, metrics } = options
  const started = clock.monotonic()
  try {
    const committed = await log.commit(incomingOf(decoded))
    if (storing.failedMs !== undefined) logger.info('the log stores again')
    storing.failedMs = undefined
    metrics.commitSeconds.observe((clock.monotonic() - started) / 1000)
    count(options, decoded, committed)
    tellOfCopy(options, decoded.envelope.gateway, committed)
    return { receipt: encodeReceipt(receiptOf(committed, decoded.rejected.concat(committed.rejected))) }
  } catch (error) {
    if (!(error instanceof ReceiverError)) throw error
    if (storing.failedMs === undefined) {
      logger.error({ err: error }, 'the log can not store; the gateways keep what they have')
    }
    storing.failedMs = clock.monotonic()
    return failed
  }
}

function tellOfCopy({ logger }: IngestOptions, gateway: string, { streams }: Committed): void {
  const copied = streams.find(({ beside }) => beside !== undefined)
  if (!copied) return
  const { stream, beside } = copied
  logger.warn({ gateway, stream, beside }, 'two copies of one buffer send as this gateway')
}

function count({ metrics }: IngestOptions, decoded: DecodedRequest<IncomingBatch>, committed: Committed): void {
  const { batches, entries, readings, rejected } = committed
  metrics.batches.inc({ outcome: 'stored' }, batches)
  metrics.batches.inc({ outcome: 'duplicate' }, decoded.batches.length - batches - rejected.length)
  metrics.batches.inc({ outcome: 'rejected' }, decoded.rejected.length + rejected.length)
  metrics.entries.inc(entries)
  metrics.readings.inc(readings)
}

function headerProblem(headers: IncomingMessage['headers']): Refused | undefined {
  if (headers['content-type'] !== bodyType || headers['content-encoding'] !== 'gzip') {
    return refused(415, 'unsupported_media_type', `send content-type: ${bodyType} with content-encoding: gzip`)
  }
  if ((lengthOf(headers) ?? 0) <= limits.requestBytes) return undefined
  return refused(413, 'too_large', `request of more than ${limits.requestBytes} bytes`)
}

/** Undefined for a body that does not say how long it is: it counts as it comes. */
function lengthOf(headers: IncomingMessage['headers']): number | undefined {
  return headers['content-length'] === undefined ? undefined : Number(headers['content-length'])
}
