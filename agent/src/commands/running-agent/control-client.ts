import { request } from 'node:http'
import { parseJson } from '@lineside/contract'
import { findControlSocket } from '../../hmi/control-socket.ts'

export type ControlAnswer =
  | { readonly ok: true; readonly body: unknown }
  /** `noAgent`: none runs on this folder, which is sure; else one may. */
  | { readonly ok: false; readonly text: string; readonly noAgent: boolean }

const usualTimeoutMs = 10_000
const maxAnswerBytes = 16 * 1024 * 1024

/** Asks the running agent that owns a storage folder. */
export async function askAgent(
  storagePath: string,
  method: 'GET' | 'POST',
  path: string,
  body?: unknown,
  timeoutMs: number = usualTimeoutMs,
): Promise<ControlAnswer> {
  const socketPath = await findControlSocket(storagePath)
  return new Promise(resolve => {
    const fail = (text: string, noAgent = false) => resolve({ ok: false, text, noAgent })
    const call = request({
      socketPath,
      method,
      path,
      timeout: timeoutMs,
      headers: { 'content-type': 'application/json' },
    })
    call.on('timeout', () => call.destroy(new Error(`no answer within ${timeoutMs / 1000} s`)))
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
        if (response.statusCode === 200) resolve({ ok: true, body: parsed })
        else fail(refusal(parsed, response.statusCode))
      })
    })
    call.end(body === undefined ? undefined : JSON.stringify(body))
  })
}

export interface Following {
  /** Called for each line of the answer, without its end. */
  readonly line: (text: string) => void
  readonly signal: AbortSignal
}

/** Longest line that is believed. */
const maxLineBytes = 1024 * 1024

/** Follows an answer of the running agent that goes on. Resolves with why it ended; undefined: the signal did. */
export async function followAgent(
  storagePath: string,
  path: string,
  { line, signal }: Following,
): Promise<string | undefined> {
  const socketPath = await findControlSocket(storagePath)
  return new Promise(resolve => {
    const end = (text: string) => resolve(signal.aborted ? undefined : text)
    const call = request({ socketPath, path, signal })
    call.on('error', (error: NodeJS.ErrnoException) => end(explain(socketPath, error)))
    call.on('response', response => {
      response.setEncoding('utf8')
      let rest = ''
      response.on('data', (chunk: string) => {
        const lines = `${rest}${chunk}`.split('\n')
        rest = lines.pop() ?? ''
        if (rest.length > maxLineBytes) call.destroy(new Error('the answer is too long'))
        if (response.statusCode === 200) lines.forEach(line)
      })
      response.on('error', () => end('the agent ended'))
      response.on('end', () => {
        end(response.statusCode === 200 ? 'the agent ended' : refusal(parseJson(rest), response.statusCode))
      })
    })
    call.end()
  })
}

function refusal(body: unknown, status: number | undefined): string {
  if (typeof body === 'object' && body !== null && 'text' in body) return String(body.text)
  return `the agent answered ${status}`
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
