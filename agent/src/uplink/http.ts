import { limits } from '@lineside/contract'
import { create, isAxiosError } from 'axios'
import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import type { Duplex } from 'node:stream'
import type { TLSSocket } from 'node:tls'
import { callbackify } from 'node:util'
import type { CloudConfig } from '../config/types.ts'
import type { Answer, Post } from './api.ts'
import { failureText } from './failure.ts'
import { openReceiver } from './receiver-socket.ts'

/** Silence on the connection after which a request is given up. */
const silenceMs = 30_000

/** Verifies the receiver at a time that is known better than the machine's clock tells it (protocol.md, C2). */
class CorrectedAgent extends HttpsAgent {
  readonly #open: () => Promise<TLSSocket>

  constructor(open: () => Promise<TLSSocket>) {
    super(keep)
    this.#open = open
  }

  override createConnection(_options: unknown, done: (error: Error | null, socket?: Duplex) => void): undefined {
    callbackify(this.#open)((error, socket) => (error ? done(error) : done(null, socket)))
  }
}

const keep = { keepAlive: true, maxSockets: 2, maxFreeSockets: 1 }

/**
 * The way to the receiver, and the only one: one fixed address, no redirects, no proxy taken from the environment,
 * bounded answers. The token goes nowhere but into its header, and is read
 * anew when the receiver refuses it: it may have been changed.
 *
 * Where the machine's clock is known to be far off, and OpenSSL finds a certificate not valid yet by it, the pinned
 * one is checked at `rightTime`.
 */
export function createPost(
  cloud: CloudConfig,
  rightTime: () => number | undefined = () => undefined,
  machineNow?: () => number,
): Post {
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
    httpAgent: new HttpAgent(keep),
    httpsAgent: new HttpsAgent({ ...keep, ...tls }),
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
  const corrected = new CorrectedAgent(() => {
    const atMs = rightTime()
    return openReceiver(cloud, atMs === undefined ? 'full' : { atMs })
  })
  let { token } = cloud
  let isTooEarly = false
  const post: Post = async (body, signal) => {
    const isCorrected = isTooEarly && rightTime() !== undefined
    try {
      const response = await client.post<unknown>(
        'v1/batches',
        Buffer.from(body.buffer, body.byteOffset, body.byteLength),
        {
          signal,
          headers: { authorization: `Bearer ${token.reveal()}` },
          ...(isCorrected ? { httpsAgent: corrected, proxy: false } : {}),
        },
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
        ...verifiedDate(cloud.url, headers['date']),
      }
    } catch (error) {
      if (!isTooEarly && ca !== undefined && isAxiosError(error) && error.code === 'CERT_NOT_YET_VALID') {
        isTooEarly = true
        if (rightTime() !== undefined) return post(body, signal)
      }
      const limitsNow = { silenceMs, answerBytes: limits.receiptLength, machineMs: machineNow?.() }
      return { kind: 'failed', reason: failureText(error, { proxy: cloud.proxy, ...limitsNow }) } satisfies Answer
    }
  }
  return post
}

/** When it was answered, where a certificate vouches for who answered. */
function verifiedDate(url: URL, header: unknown): { readonly dateMs?: number } {
  const dateMs = url.protocol === 'https:' ? Date.parse(textOf(header) ?? '') : Number.NaN
  return Number.isNaN(dateMs) ? {} : { dateMs }
}

/** TLS goes through a tunnel, so that the proxy sees nothing of it. */
function proxied({ hostname, port }: URL): { protocol: string; host: string; port: number } {
  return { protocol: 'http', host: hostname, port: port === '' ? 80 : Number(port) }
}

function textOf(header: unknown): string | undefined {
  return typeof header === 'string' ? header : undefined
}
