import fastify from 'fastify'
import { type Health, isHealthy } from './health.ts'
import { contentType } from './metrics/exposition.ts'

export interface HealthServerOptions {
  readonly host: string
  readonly port: number
  /** In Prometheus' text format. */
  readonly metrics: () => string
  readonly health: () => Health
}

/** Serves /healthz (200 or 503, with what is wrong) and /metrics; nothing on it changes anything. */
export async function serveHealth({ host, port, metrics, health }: HealthServerOptions): Promise<AsyncDisposable> {
  const server = fastify({ logger: false, bodyLimit: 1024 })
  server.get('/healthz', (_request, reply) => {
    const found = health()
    reply.code(isHealthy(found) ? 200 : 503).send(found)
  })
  server.get('/metrics', (_request, reply) => {
    reply.type(contentType).send(metrics())
  })
  server.setNotFoundHandler((_request, reply) => reply.code(404).send({ message: 'there is /healthz and /metrics' }))
  await server.listen({ host, port })
  return {
    async [Symbol.asyncDispose]() {
      server.server.closeAllConnections()
      await server.close()
    },
  }
}
