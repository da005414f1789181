import { limits } from '@lineside/contract'
import { isAxiosError, isCancel } from 'axios'

export interface FailureContext {
  readonly proxy: URL | undefined
  readonly silenceMs: number
  /** UTC ms by the machine's own clock, at which OpenSSL checks certificates, where it is known. */
  readonly machineMs?: number | undefined
}

/** Why no whole answer came, in words, and without anything of the request: its headers hold the token. */
export function failureText(error: unknown, context: FailureContext): string {
  if (isCancel(error)) return 'the request was given up'
  if (!(error instanceof Error)) return 'unknown error'
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  const words = inWords(error.message, code, context)
  if (words !== undefined) return words
  const suffix = !isAxiosError(error) || code === '' || error.message.includes(code) ? '' : ` (${code})`
  return error.message === '' ? `no connection${suffix}` : `${error.message}${suffix}`
}

function inWords(message: string, code: string, context: FailureContext): string | undefined {
  const { proxy, silenceMs, machineMs } = context
  if (message === 'stream has been aborted') return 'the connection broke in the middle of the answer'
  if (/^timeout of \d+ms exceeded/.test(message)) return `no answer within ${silenceMs / 1000} s`
  if (message.startsWith('maxContentLength ')) {
    return `the answer is longer than ${Math.round(limits.receiptLength / 2 ** 20)} MiB: it is not that of a receiver`
  }
  const says =
    machineMs === undefined ? '' : ` It says ${new Date(machineMs).toISOString().slice(0, 16).replace('T', ' ')} UTC`
  const clock = `is this gateway's clock right?${says}`
  if (code === 'CERT_HAS_EXPIRED') return `the receiver's certificate has expired (${code}); ${clock}`
  if (code === 'CERT_NOT_YET_VALID') return `the receiver's certificate is not valid yet (${code}); ${clock}`
  const by = proxy ? ` by the proxy ${proxy.host}` : ''
  if (proxy && /^(connect|getaddrinfo) /.test(message)) return `the proxy ${proxy.host} is not reached: ${message}`
  if (message.startsWith('Parse Error: ')) return `what is answered${by} is no HTTP (${message.slice(13)})`
  if (message.startsWith('Client network socket disconnected before secure')) {
    return `the connection was closed${by} before TLS was agreed on`
  }
  if (message === 'socket hang up') return `the connection was closed${by} without an answer`
  const tls = /:SSL routines:[^:]*:([^:]+)/.exec(message)?.[1]
  if (tls === undefined) return undefined
  if (!/certificate|unknown ca/.test(tls)) return `no TLS connection: ${tls}`
  return `the receiver, or what stands before it, wants a client certificate that it knows: see cloud.client_cert (${tls})`
}
