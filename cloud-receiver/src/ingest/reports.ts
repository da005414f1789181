import type { FastifyInstance } from 'fastify'
import { isLoopback } from '../config/loopback.ts'
import { answer, nothingHere } from './answer.ts'
import type { Authenticate } from './authenticate.ts'
import { judgeHealth } from './health.ts'
import type { IngestOptions, Storing } from './options.ts'
import { isRefused } from './refused.ts'

/** `GET /v1/status`, `/healthz` and `/metrics`. */
export function addReports(
  server: FastifyInstance,
  options: IngestOptions,
  authenticate: Authenticate,
  storing: Storing,
): void {
  const { log, metrics, clock } = options
  server.get('/v1/status', async (request, reply) => {
    const gateway = authenticate(request)
    if (isRefused(gateway)) return answer(clock, reply, gateway)
    const { name } = gateway
    const found = await log.totals(name)
    if (found === undefined) return { gateway: name, batches: 0, entries: 0, readings: 0 }
    const { batches, entries, readings, received: lastReceivedMs } = found
    return { gateway: name, batches, entries, readings, lastReceivedMs }
  })
  server.get('/healthz', async (_request, reply) => {
    const found = judgeHealth(options, storing)
    return reply.code(found.status === 'failing' ? 503 : 200).send(found)
  })
  server.get('/metrics', async (request, reply) => {
    // A proxy on this machine must not pass them on.
    const direct = request.headers.forwarded === undefined && request.headers['x-forwarded-for'] === undefined
    if (!direct || !isLoopback((request.socket.remoteAddress ?? '').replace(/^::ffff:/, '')))
      return answer(clock, reply, nothingHere)
    return reply.type(metrics.registry.contentType).send(await metrics.registry.metrics())
  })
}
