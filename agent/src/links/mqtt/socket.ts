import { createConnection, isIP, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { MqttLinkConfig } from '../../config/types.ts'
import { createPacketMeter } from './packet-meter.ts'
import { explainSocketError } from '../channel/tcp.ts'

export interface SocketEvents {
  /** Connected and, where it is encrypted, the broker's certificate verified. */
  readonly open: () => void
  readonly failed: (text: string) => void
  readonly tooLarge: () => void
}

/** Opens the way to a broker. Nothing is sent before the broker is known to be the one that is meant. */
export function openMqttSocket(config: MqttLinkConfig, events: SocketEvents): Socket {
  const { host, port, tls } = config
  const place = `${host}:${port}`
  let last: string | undefined
  const socket = tls
    ? connectTls({
        host,
        port,
        ...(isIP(host) === 0 && { servername: host }),
        ...(tls.ca !== undefined && { ca: tls.ca }),
        ...(tls.clientCert && { cert: tls.clientCert.cert, key: tls.clientCert.key.reveal() }),
      })
    : createConnection({ host, port })
  socket.setNoDelay(true)
  socket.setKeepAlive(true, 30_000)
  let isOpen = false
  let hasAnswered = false
  socket.once(tls ? 'secureConnect' : 'connect', () => {
    isOpen = true
    events.open()
  })
  const early = () => {
    if (tls) return isOpen ? '' : ' before TLS was agreed on; see mqtts:// and the port'
    return hasAnswered || !isOpen ? '' : ' before it answered; if it wants TLS, write mqtts://'
  }
  socket.on('error', error => (last = explain(error, place, early())))
  socket.on('close', () => events.failed(last ?? `connection closed by ${place}${early()}`))
  const meter = createPacketMeter(config.maxPacketBytes)
  // Before the client's own listener: of a packet that is too large no more than one chunk is ever held.
  socket.on('data', chunk => {
    hasAnswered = true
    if (meter.push(chunk)) return
    last = `${place} sent a packet of more than ${config.maxPacketBytes} bytes; see max_packet`
    events.tooLarge()
    socket.destroy()
  })
  socket.pause()
  return socket
}

/** Characters of the names in a certificate. */
const mostNames = 100

const unverified: ReadonlySet<string> = new Set([
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_GET_ISSUER_CERT',
])

function explain(error: Error, place: string, early: string): string {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  if (code.endsWith('_ALERT_CERTIFICATE_REQUIRED'))
    return `${place} wants a certificate of the gateway; see client_cert`
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return otherName(error, place)
  if (unverified.has(code)) return `nobody that is trusted vouches for ${place} (${error.message}); see ca`
  if (code === 'EPROTO' || code === 'ERR_SSL_WRONG_VERSION_NUMBER') {
    return `${place} does not speak TLS there; see mqtts:// and the port`
  }
  // The words of OpenSSL without its places in the source.
  if ('reason' in error && typeof error.reason === 'string') return `${error.reason} (TLS with ${place})`
  return explainSocketError(error, place) + (code === 'ECONNRESET' ? early : '')
}

/** Node gives the certificate along with the error. */
function otherName(error: Error, place: string): string {
  const cert = 'cert' in error && typeof error.cert === 'object' && error.cert ? error.cert : {}
  const names = 'subjectaltname' in cert && typeof cert.subjectaltname === 'string' ? cert.subjectaltname : ''
  const known = names.replaceAll('IP Address:', '').replaceAll('DNS:', '')
  const whose = known === '' ? 'names no host' : `is for ${known.slice(0, mostNames)}`
  return `the certificate of ${place} ${whose}; write one of its names in mqtts://, or let it have this one`
}
