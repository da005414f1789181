import { chmod, rm } from 'node:fs/promises'
import { messageOf, stringifyJson } from '@lineside/contract'
import fastify, { type FastifyInstance } from 'fastify'
import type { z } from 'zod'
import type { Answer, Refusal } from './answers.ts'
import { issueText, type Order, type RouteName, routeNames, routes, samplesRoute } from './routes.ts'
import { sampleStream } from './sample-stream.ts'
import type { AgentView } from './view.ts'

/** Longest path of a Unix socket on Linux, in bytes (unix(7)); macOS has four less. */
const longestSocketPath = 103

type Answering = {
  readonly [Name in RouteName]: (order: Order<Name>) => Answer<Name> | Refusal | Promise<Answer<Name> | Refusal>
}

const orders: { readonly [Name in RouteName]: { readonly order: z.ZodType<Order<Name>> } } = routes

/** Every route, as the view answers it. */
function answering(view: AgentView): Answering {
  return {
    status: () => view.status(),
    bus: () => view.bus(),
    alarms: () => view.alarms(),
    acknowledge: ({ device, alarm, by }) => view.acknowledge(device, alarm, by),
    unquarantine: ({ numbers }) => view.unquarantine(numbers),
    read: ({ device, points }) => view.read(device, points),
  }
}

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
  const answers = answering(view)
  for (const name of routeNames) serveRoute(server, name, answers[name])
  server.get(samplesRoute.path, (request, reply) => {
    const parsed = samplesRoute.query.safeParse(request.query)
    if (!parsed.success) return reply.code(400).send(refuse('expected names of devices and points'))
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

function serveRoute<Name extends RouteName>(server: FastifyInstance, name: Name, answer: Answering[Name]): void {
  const { method, path: url } = routes[name]
  server.route({
    method,
    url,
    async handler({ body }, reply) {
      const order = orders[name].order.safeParse(body)
      if (!order.success) return reply.code(400).send(refuse(issueText(order.error)))
      const result = await answered(async () => answer(order.data))
      return reply
        .code(isRefusal(result) ? 409 : 200)
        .type('application/json')
        .send(stringifyJson(result))
    },
  })
}

/** What can't be done as things are is an answer too. */
async function answered(ask: () => Promise<object>): Promise<object> {
  try {
    return await ask()
  } catch (error) {
    return refuse(messageOf(error))
  }
}

function refuse(text: string): Refusal {
  return { ok: false, text }
}

function isRefusal(result: object): result is Refusal {
  return 'ok' in result && result.ok === false
}
