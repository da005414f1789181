import { limits } from '@lineside/contract'
import { create, isAxiosError, isCancel } from 'axios'
import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import type { CloudConfig } from '../config/types.ts'
import type { Answer, Post } from './api.ts'

/** Silence on the connection after which a request is given up. */
const silenceMs = 30_000

/**
 * The way to the receiver, and the only one: one fixed address, no redirects, no proxy taken from the environment,
 * bounded answers. The token goes nowhere but into its header, and is read
 * anew when the receiver refuses it: it may have been changed.
 */
export function createPost(cloud: CloudConfig): Post {
  const agents = { keepAlive: true, maxSockets: 2, maxFreeSockets: 1 }
  const { ca, clientCert } = cloud.tls ?? {}
  const tls = {
    ...(ca === undefined ? {} : { ca }),
    ...(clientCert === undefined ? {} : { cert: clientCert.cert, key: clientCert.key.reveal() }),
  }
  const client = create({
    baseURL: cloud.url.href,
    allowAbsoluteUrls: false,
    maxRedirects: 0,
    proxy: cloud.proxy === undefined ? false : proxied(cloud.proxy),
    timeout: silenceMs,
    maxBodyLength: limits.requestBytes,
    maxContentLength: limits.receiptLength,
    httpAgent: new HttpAgent(agents),
    httpsAgent: new HttpsAgent({ ...agents, ...tls }),
    responseType: 'arraybuffer',
    transformRequest: [(data: unknown) => data],
    transformResponse: [(data: unknown) => data],
    validateStatus: () => true,
    headers: {
      'content-type': 'application/x-ndjson',
      'content-encoding': 'gzip',
      accept: 'application/json',
      'user-agent': 'lineside',
    },
  })
  let { token } = cloud
  return async (body, signal) => {
    try {
      const response = await client.post<unknown>(
        'v1/batches',
        Buffer.from(body.buffer, body.byteOffset, body.byteLength),
        { signal, headers: { authorization: `Bearer ${token.reveal()}` } },
      )
      const { status, headers, data } = response
      if (status === 401 || status === 403) token = cloud.readToken?.() ?? token
      const retryAfter = textOf(headers['retry-after'])
      return {
        kind: 'response',
        status,
        contentType: textOf(headers['content-type']) ?? '',
        body: Buffer.isBuffer(data) ? data.toString('utf8') : '',
        ...(retryAfter === undefined ? {} : { retryAfter }),
      }
    } catch (error) {
      return { kind: 'failed', reason: reasonOf(error) } satisfies Answer
    }
  }
}

/** TLS goes through a tunnel, so that the proxy sees nothing of it. */
function proxied({ hostname, port }: URL): { protocol: string; host: string; port: number } {
  return { protocol: 'http', host: hostname, port: port === '' ? 80 : Number(port) }
}

function textOf(header: unknown): string | undefined {
  return typeof header === 'string' ? header : undefined
}

/** Why no whole answer came, without anything of the request: its headers hold the token. */
function reasonOf(error: unknown): string {
  if (isCancel(error)) return 'the request was given up'
  if (!isAxiosError(error)) return error instanceof Error ? error.message : 'unknown error'
  const cause = error.code === undefined || error.message.includes(error.code) ? '' : ` (${error.code})`
  return error.message === '' ? `no connection${cause}` : `${error.message}${cause}`
}
