import { chmod, rm } from 'node:fs/promises'
import { stringifyJson, messageOf } from '@lineside/contract'
import fastify from 'fastify'
import { z } from 'zod'
import { sampleStream } from './sample-stream.ts'
import type { AgentView } from './view.ts'

/** Longest path of a Unix socket on Linux, in bytes (unix(7)); macOS has four less. */
const longestSocketPath = 103

const acknowledgement = z.strictObject({
  device: z.string().min(1).max(128),
  alarm: z.string().min(1).max(128),
  by: z.string().min(1).max(128),
})

const readOrder = z.strictObject({
  device: z.string().min(1).max(128),
  points: z.array(z.string().min(1).max(128)).max(100),
})

const unquarantineOrder = z.strictObject({ numbers: z.array(z.int().positive()).min(1).max(400) })

const name = z.string().min(1).max(128)
const names = z.union([name, z.array(name).max(1000)]).default([])
const listening = z.strictObject({ device: names, point: names })

/**
 * Serves the view to the command line on a Unix socket that only the agent's own user may open: who may write the
 * buffer may acknowledge alarms. A socket that is there already is replaced: nobody may be listening on it.
 */
export async function serveControl(path: string, view: AgentView): Promise<AsyncDisposable> {
  if (Buffer.byteLength(path) > longestSocketPath) {
    throw new Error(`${path} is too long for a socket: ${longestSocketPath} bytes at most; use a shorter storage.path`)
  }
  await rm(path, { force: true })
  const server = fastify({ bodyLimit: 4096, logger: false })
  server.get('/status', (_request, reply) => {
    reply.type('application/json').send(stringifyJson(view.status()))
  })
  server.get('/bus', (_request, reply) => {
    reply.type('application/json').send(stringifyJson(view.bus()))
  })
  server.get('/alarms', (_request, reply) => {
    reply.type('application/json').send(stringifyJson(view.alarms()))
  })
  server.post('/acknowledge', (request, reply) => {
    const parsed = acknowledgement.safeParse(request.body)
    if (!parsed.success) {
      reply.code(400).send({ ok: false, text: 'expected device, alarm and by' })
      return
    }
    const { device, alarm, by } = parsed.data
    const result = view.acknowledge(device, alarm, by)
    reply
      .code(result.ok ? 200 : 409)
      .type('application/json')
      .send(stringifyJson(result))
  })
  server.post('/unquarantine', async (request, reply) => {
    const parsed = unquarantineOrder.safeParse(request.body)
    if (!parsed.success) return reply.code(400).send({ ok: false, text: 'expected numbers' })
    try {
      return await reply.send(await view.unquarantine(parsed.data.numbers))
    } catch (error) {
      return reply.code(409).send({ ok: false, text: messageOf(error) })
    }
  })
  server.post('/read', async (request, reply) => {
    const parsed = readOrder.safeParse(request.body)
    if (!parsed.success) return reply.code(400).send({ ok: false, text: 'expected device and points' })
    const result = await view.read(parsed.data.device, parsed.data.points)
    return reply
      .code(result.ok ? 200 : 409)
      .type('application/json')
      .send(stringifyJson(result))
  })
  server.get('/samples', (request, reply) => {
    const parsed = listening.safeParse(request.query)
    if (!parsed.success) return reply.code(400).send({ ok: false, text: 'expected names of devices and points' })
    const { device, point } = parsed.data
    const samples = sampleStream(view, [device].flat(), [point].flat())
    if (!samples.ok) return reply.code(409).send(samples)
    return reply.type('application/x-ndjson').send(samples.stream)
  })
  await server.listen({ path })
  await chmod(path, 0o600)
  return {
    async [Symbol.asyncDispose]() {
      server.server.closeAllConnections()
      await server.close()
      await rm(path, { force: true })
    },
  }
}
