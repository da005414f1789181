import { limits } from '@lineside/contract'
import { create, isAxiosError } from 'axios'
import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { TLSSocket } from 'node:tls'
import { callbackify } from 'node:util'
import type { CloudConfig } from '../config/types.ts'
import type { Answer, Post } from './api.ts'
import { failureText } from './failure.ts'
import { openReceiver } from './receiver-socket.ts'
import { Traffic } from './traffic.ts'

/** What OpenSSL finds of a certificate that may be valid at another time. */
const timeErrors: ReadonlySet<string | undefined> = new Set(['CERT_NOT_YET_VALID', 'CERT_HAS_EXPIRED'])

/** Silence on the connection after which a request is given up. */
const silenceMs = 30_000

/** Keeps connections that are opened, verified and counted in one place, through a proxy or not. */
class ReceiverAgent extends HttpsAgent {
  readonly #open: () => Promise<TLSSocket>

  constructor(open: () => Promise<TLSSocket>) {
    super(keep)
    this.#open = open
  }

  override createConnection(_options: unknown, done: (error: Error | null, socket?: Duplex) => void): undefined {
    callbackify(this.#open)((error, socket) => (error ? done(error) : done(null, socket)))
  }
}

/** For a receiver on this machine, without TLS. */
class CountingAgent extends HttpAgent {
  readonly #traffic: Traffic

  constructor(traffic: Traffic) {
    super(keep)
    this.#traffic = traffic
  }

  override createConnection(...args: Parameters<HttpAgent['createConnection']>): Duplex | null | undefined {
    const socket = super.createConnection(...args)
    if (socket instanceof Socket) this.#traffic.add(socket)
    return socket
  }
}

const keep = { keepAlive: true, maxSockets: 2, maxFreeSockets: 1 }

/**
 * The way to the receiver, and the only one: one fixed address, no redirects, no proxy taken from the environment,
 * bounded answers. The token goes nowhere but into its header, and is read
 * anew when the receiver refuses it: it may have been changed.
 *
 * Where the machine's clock is known to be far off, and OpenSSL finds a certificate not valid by it, the pinned one is
 * checked at `rightTime`.
 */
export function createPost(
  cloud: CloudConfig,
  rightTime: () => number | undefined = () => undefined,
  machineNow?: () => number,
): Post {
  const { ca } = cloud.tls ?? {}
  const isTls = cloud.url.protocol === 'https:'
  const traffic = new Traffic()
  const client = create({
    baseURL: cloud.url.href,
    allowAbsoluteUrls: false,
    maxRedirects: 0,
    // The tunnel for TLS is the agent's: it is kept open from request to request.
    proxy: cloud.proxy === undefined || isTls ? false : proxied(cloud.proxy),
    timeout: silenceMs,
    maxBodyLength: limits.requestBytes,
    maxContentLength: limits.receiptLength,
    httpAgent: new CountingAgent(traffic),
    httpsAgent: new ReceiverAgent(() => openReceiver(cloud, 'full', traffic)),
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
  // Verifies at a time that is known better than the machine's clock tells it (protocol.md, C2).
  const corrected = new ReceiverAgent(() => {
    const atMs = rightTime()
    return openReceiver(cloud, atMs === undefined ? 'full' : { atMs }, traffic)
  })
  let { token } = cloud
  let failsByTime = false
  const post: Post = async (body, signal) => {
    const isCorrected = failsByTime && rightTime() !== undefined
    try {
      const response = await client.post<unknown>(
        'v1/batches',
        Buffer.from(body.buffer, body.byteOffset, body.byteLength),
        {
          signal,
          headers: { authorization: `Bearer ${token.reveal()}` },
          ...(isCorrected ? { httpsAgent: corrected } : {}),
        },
      )
      const { status, headers, data } = response
      if (status === 401 || status === 403) token = cloud.readToken?.() ?? token
      const retryAfter = textOf(headers['retry-after'])
      return {
        kind: 'response',
        status,
        carriedBytes: traffic.take(),
        contentType: textOf(headers['content-type']) ?? '',
        body: Buffer.isBuffer(data) ? data.toString('utf8') : '',
        ...(retryAfter === undefined ? {} : { retryAfter }),
        ...verifiedDate(cloud.url, headers['date']),
      }
    } catch (error) {
      if (!failsByTime && ca !== undefined && isAxiosError(error) && timeErrors.has(error.code)) {
        failsByTime = true
        if (rightTime() !== undefined) return post(body, signal)
      }
      const reason = failureText(error, { proxy: cloud.proxy, silenceMs, machineMs: machineNow?.() })
      return { kind: 'failed', reason, carriedBytes: traffic.take() } satisfies Answer
    }
  }
  return post
}

/** When it was answered, where a certificate vouches for who answered. */
function verifiedDate(url: URL, header: unknown): { readonly dateMs?: number } {
  const dateMs = url.protocol === 'https:' ? Date.parse(textOf(header) ?? '') : Number.NaN
  return Number.isNaN(dateMs) ? {} : { dateMs }
}

/** Without TLS, which goes through a tunnel, so that the proxy sees nothing of it. */
function proxied({ hostname, port }: URL): { protocol: string; host: string; port: number } {
  return { protocol: 'http', host: hostname, port: port === '' ? 80 : Number(port) }
}

function textOf(header: unknown): string | undefined {
  return typeof header === 'string' ? header : undefined
}
