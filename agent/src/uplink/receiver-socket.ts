import { once } from 'node:events'
import { request } from 'node:http'
import { connect as connectPlain, isIP } from 'node:net'
import type { Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { TLSSocket } from 'node:tls'
import type { CloudConfig } from '../config/types.ts'
import { certificatesOf, pinProblem } from './pinned.ts'
import type { Traffic } from './traffic.ts'

/** `full`: OpenSSL's, at the machine's clock. Else by the pins alone, at a time or at none (protocol.md, C2). */
export type CertificateCheck = 'full' | { readonly atMs?: number }

const handshakeMs = 15_000

/**
 * A connection to the receiver over which nothing was sent yet; rejects where its certificate does not pass. An
 * error of OpenSSL's check has its code.
 */
export async function openReceiver(cloud: CloudConfig, check: CertificateCheck, traffic?: Traffic): Promise<TLSSocket> {
  const { url, proxy, tls = {} } = cloud
  const host = url.hostname.replaceAll(/^\[|\]$/g, '')
  const port = url.port === '' ? 443 : Number(url.port)
  const plain = proxy === undefined ? connectPlain(port, host) : await tunnel(proxy, `${url.hostname}:${port}`)
  traffic?.add(plain)
  const { ca, clientCert } = tls
  const socket = connectTls({
    socket: plain,
    ...(isIP(host) === 0 ? { servername: host } : {}),
    host,
    ...(ca === undefined ? {} : { ca }),
    ...(clientCert === undefined ? {} : { cert: clientCert.cert, key: clientCert.key.reveal() }),
    ALPNProtocols: ['http/1.1'],
    // What OpenSSL has to say is replaced by the check below, before a byte is sent.
    rejectUnauthorized: check === 'full',
  })
  socket.setTimeout(handshakeMs, () => socket.destroy(new Error('no answer')))
  plain.once('error', error => socket.destroy(error))
  // The error of the connection below may come a second time, when nobody waits any more: it would end the process.
  socket.on('error', () => {})
  try {
    await once(socket, 'secureConnect')
    const problem = check === 'full' ? undefined : problemOf(socket, ca, host, check.atMs)
    if (problem !== undefined) throw new Error(problem)
    socket.setTimeout(0)
    return socket
  } catch (error) {
    socket.destroy()
    throw error
  }
}

function problemOf(socket: TLSSocket, ca: string | undefined, host: string, atMs: number | undefined) {
  const leaf = socket.getPeerX509Certificate()
  if (!leaf || ca === undefined) return 'there is no certificate to know the receiver by'
  return pinProblem(leaf, certificatesOf(ca), host, atMs)
}

/** TLS goes through a tunnel (RFC 9110, section 9.3.6), so that the proxy sees nothing of it. */
async function tunnel(proxy: URL, target: string): Promise<Socket> {
  const { promise, resolve, reject } = Promise.withResolvers<Socket>()
  const asked = request({
    host: proxy.hostname,
    port: proxy.port === '' ? 80 : Number(proxy.port),
    method: 'CONNECT',
    path: target,
    headers: { host: target },
    timeout: handshakeMs,
  })
  asked.on('connect', ({ statusCode }, socket: Socket) => {
    if (statusCode === 200) return resolve(socket)
    socket.destroy()
    reject(new Error(`the proxy answers ${statusCode}`))
  })
  asked.on('timeout', () => asked.destroy(new Error('the proxy does not answer')))
  asked.on('error', reject)
  asked.end()
  return promise
}
