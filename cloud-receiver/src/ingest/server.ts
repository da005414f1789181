import { createServer as createHttp } from 'node:http'
import { createServer as createHttps } from 'node:https'
import type { TlsOptions } from 'node:tls'
import { fastify } from 'fastify'
import type { FastifyInstance } from 'fastify'
import { answer, failed, nothingHere } from './answer.ts'
import { createAuthenticate } from './authenticate.ts'
import { addBatches, bodyTimeoutMs, bodyType } from './batches.ts'
import type { IngestOptions, Storing } from './options.ts'
import { refused } from './refused.ts'
import { addReports } from './reports.ts'

const headersTimeoutMs = 10_000
/** Further ones are closed; a gateway holds one or two. */
const maxConnections = 10_000

/** The receiver's HTTP side: `POST /v1/batches`, `GET /v1/status`, `/healthz` and `/metrics`; nothing else is there. */
export function createIngest(options: IngestOptions): FastifyInstance {
  const server = createServer(options)
  server.removeAllContentTypeParsers()
  server.addContentTypeParser(bodyType, (_request, payload, done) => done(null, payload))
  server.setNotFoundHandler((_request, reply) => answer(options.clock, reply, nothingHere))
  server.setErrorHandler((error, _request, reply) => {
    const status = statusOf(error)
    if (status >= 500) options.logger.error({ err: error }, 'a request failed')
    const known =
      status < 500 ? refused(status, 'bad_request', 'this is not a request that the receiver knows') : failed
    return answer(options.clock, reply, known)
  })
  const storing: Storing = {}
  const authenticate = createAuthenticate(options)
  addBatches(server, options, authenticate, storing)
  addReports(server, options, authenticate, storing)
  return server
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
