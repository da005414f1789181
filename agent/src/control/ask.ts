import { request } from 'node:http'
import { parseJson } from '@lineside/contract'
import type { z } from 'zod'
import { type Answer, answers, type FeedLine, feedLine, refusal } from './answers.ts'
import { issueText, type Order, type RouteName, routes, samplesRoute } from './routes.ts'
import { findControlSocket } from './socket.ts'

export type { AgentStatus, DeviceView, ReadingView } from './answers.ts'

export type Asked<Body> =
  | { readonly ok: true; readonly body: Body }
  /** `noAgent`: none runs on this folder, which is sure; else one may. */
  | { readonly ok: false; readonly text: string; readonly noAgent: boolean }

/** What goes with a question, and how long its answer may take, ms. */
export type Question<Name extends RouteName> =
  undefined extends Order<Name> ? [order?: undefined, timeoutMs?: number] : [order: Order<Name>, timeoutMs?: number]

const schemas: { readonly [Name in RouteName]: z.ZodType<Answer<Name>> } = answers

const usualTimeoutMs = 10_000
const maxAnswerBytes = 16 * 1024 * 1024

/** Asks the running agent that owns a storage folder. Never rejects. */
export async function askAgent<Name extends RouteName>(
  storagePath: string,
  name: Name,
  ...[order, wantedMs]: Question<Name>
): Promise<Asked<Answer<Name>>> {
  const socketPath = await findControlSocket(storagePath)
  const route = routes[name]
  const timeout = wantedMs ?? ('timeoutMs' in route ? route.timeoutMs : usualTimeoutMs)
  const { method, path } = route
  return new Promise(resolve => {
    const fail = (text: string, noAgent = false) => resolve({ ok: false, text, noAgent })
    const call = request({ socketPath, method, path, timeout, headers: { 'content-type': 'application/json' } })
    call.on('timeout', () => call.destroy(new Error(`no answer within ${timeout / 1000} s`)))
    call.on('error', (error: NodeJS.ErrnoException) => fail(explain(socketPath, error), isNobody(error)))
    call.on('response', response => {
      const chunks: Buffer[] = []
      let size = 0
      response.on('data', (chunk: Buffer) => {
        size += chunk.length
        if (size > maxAnswerBytes) call.destroy(new Error('the answer is too long'))
        else chunks.push(chunk)
      })
      response.on('end', () => {
        const parsed = parseJson(Buffer.concat(chunks).toString('utf8'))
        if (response.statusCode === 200) resolve(understood<Answer<Name>>(schemas[name], parsed))
        else fail(reasonOf(parsed, response.statusCode))
      })
    })
    call.end(order === undefined ? undefined : JSON.stringify(order))
  })
}

/** An answer of another shape comes from another version: the program was changed under an agent that runs on. */
function understood<Body>(schema: z.ZodType<Body>, body: unknown): Asked<Body> {
  const { data, error } = schema.safeParse(body)
  if (!error) return { ok: true, body: data }
  const text = `the running agent is of another version (${issueText(error)}); restart it`
  return { ok: false, text, noAgent: false }
}

export interface Following {
  /** Devices and points that are looked for; without names all. */
  readonly devices: readonly string[]
  readonly points: readonly string[]
  readonly line: (line: FeedLine) => void
  readonly signal: AbortSignal
}

/** Longest line that is believed. */
const maxLineBytes = 1024 * 1024

/** Follows what the running agent reads. Resolves with why it ended; undefined: the signal did. */
export async function followSamples(
  storagePath: string,
  { devices, points, line, signal }: Following,
): Promise<string | undefined> {
  const socketPath = await findControlSocket(storagePath)
  const query = new URLSearchParams()
  for (const device of devices) query.append('device', device)
  for (const point of points) query.append('point', point)
  return new Promise(resolve => {
    const end = (text: string) => resolve(signal.aborted ? undefined : text)
    const call = request({ socketPath, path: `${samplesRoute.path}?${query.toString()}`, signal })
    call.on('error', (error: NodeJS.ErrnoException) => end(explain(socketPath, error)))
    call.on('response', response => {
      response.setEncoding('utf8')
      let rest = ''
      response.on('data', (chunk: string) => {
        const lines = `${rest}${chunk}`.split('\n')
        rest = lines.pop() ?? ''
        if (rest.length > maxLineBytes) call.destroy(new Error('the answer is too long'))
        if (response.statusCode !== 200) return
        for (const text of lines) {
          const parsed = feedLine.safeParse(parseJson(text))
          if (parsed.success) line(parsed.data)
        }
      })
      response.on('error', () => end('the agent ended'))
      response.on('end', () => {
        end(response.statusCode === 200 ? 'the agent ended' : reasonOf(parseJson(rest), response.statusCode))
      })
    })
    call.end()
  })
}

function reasonOf(body: unknown, status: number | undefined): string {
  return refusal.safeParse(body).data?.text ?? `the agent answered ${status}`
}

/** There is no socket, or nobody listens on it. */
function isNobody({ code }: NodeJS.ErrnoException): boolean {
  return code === 'ENOENT' || code === 'ECONNREFUSED'
}

function explain(socketPath: string, error: NodeJS.ErrnoException): string {
  if (isNobody(error)) {
    return `no agent runs on this storage folder (${socketPath}); start it with: lineside run`
  }
  if (error.code === 'EACCES') return `${socketPath}: not allowed; run this as the user that the agent runs as`
  return `${socketPath}: ${error.message}`
}
