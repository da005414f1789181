import { parseReceipt } from '@lineside/contract'
import type { Receipt } from '@lineside/contract'
import type { Answer } from './api.ts'
import { parseRetryAfter } from './backoff.ts'

/** What an answer means. Only a receipt acknowledges or rejects; everything else keeps all batches (protocol.md, S2). */
export type Verdict =
  | { readonly kind: 'receipt'; readonly receipt: Receipt }
  /** The receiver could not read the request as a whole: smaller parts (protocol.md, R3). */
  | { readonly kind: 'refused'; readonly why: 'undecodable' | 'too_large'; readonly reason: string }
  | { readonly kind: 'pause'; readonly reason: string; readonly retryAfterMs?: number }

/** Judges the answer to a request whose envelope named `streams`. */
export function judgeAnswer(answer: Answer, streams: readonly string[], nowMs: number): Verdict {
  if (answer.kind === 'failed') return { kind: 'pause', reason: answer.reason }
  const { status, body } = answer
  if (status >= 200 && status < 300) return judgeReceipt(answer, streams)
  const { code, message } = refusalOf(body)
  if (status === 400 && code === 'undecodable') return { kind: 'refused', why: 'undecodable', reason: message ?? code }
  if (status === 413) return { kind: 'refused', why: 'too_large', reason: 'the receiver finds the request too large' }
  const wait = parseRetryAfter(answer.retryAfter, nowMs)
  return { kind: 'pause', reason: reasonOf(status, code), ...(wait === undefined ? {} : { retryAfterMs: wait }) }
}

function judgeReceipt(
  { status, contentType, body }: Extract<Answer, { kind: 'response' }>,
  streams: readonly string[],
) {
  const parsed = parseReceipt(body)
  if (!parsed.ok) {
    const type = contentType === '' ? 'no content type' : contentType
    return { kind: 'pause', reason: `status ${status} with ${type} is no receipt: ${parsed.message}` } as const
  }
  const named = new Set(parsed.receipt.streams.map(({ stream }) => stream))
  const missing = streams.find(stream => !named.has(stream))
  if (missing === undefined) return { kind: 'receipt', receipt: parsed.receipt } as const
  return { kind: 'pause', reason: `receipt is for someone else: it does not name stream ${missing}` } as const
}

function reasonOf(status: number, code: string | undefined): string {
  if (status === 401) return 'the receiver does not know the token (401)'
  if (status === 403 && code === 'gateway_mismatch')
    return 'the token belongs to another gateway (403 gateway_mismatch)'
  if (status === 404) return 'there is no receiver at this address (404)'
  if (status === 429) return 'the receiver asks for a slower pace (429)'
  if (status >= 300 && status < 400) return `the address has moved or a portal is in between (${status})`
  return code === undefined ? `the receiver answers ${status}` : `the receiver answers ${status} ${code}`
}

/** Code and message of a refusal's JSON, where there is one. */
function refusalOf(body: string): { readonly code?: string; readonly message?: string } {
  let value: unknown
  try {
    value = JSON.parse(body)
  } catch {
    return {}
  }
  if (typeof value !== 'object' || value === null) return {}
  const code = 'code' in value && typeof value.code === 'string' ? { code: value.code.slice(0, 60) } : {}
  const message =
    'message' in value && typeof value.message === 'string' ? { message: value.message.slice(0, 300) } : {}
  return { ...code, ...message }
}
