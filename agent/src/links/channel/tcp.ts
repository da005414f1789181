import { createConnection } from 'node:net'
import type { ChannelPlace } from './byte-stream.ts'

/**
 * What came, for all sockets: it is copied before the next one is read. Reading past the stream's own machinery halves
 * the cost of an answer.
 */
const received = new Uint8Array(65_536)

/** A TCP connection to a device, a gateway or a device server. */
export function tcpPlace(host: string, port: number): ChannelPlace {
  const name = `${host}:${port}`
  return {
    name,
    open(events) {
      const socket = createConnection({
        host,
        port,
        noDelay: true,
        keepAlive: true,
        keepAliveInitialDelay: 10_000,
        onread: {
          buffer: received,
          callback(length, bytes) {
            events.bytes(Buffer.from(bytes.subarray(0, length)))
            return true
          },
        },
      })
      socket.on('connect', () => events.opened())
      socket.on('error', error => events.broken(explainSocketError(error, name)))
      socket.on('close', () => events.broken(`connection closed by ${name}`))
      socket.on('end', () => events.broken(`connection closed by ${name}`))
      return {
        get unsentBytes() {
          return socket.writableLength
        },
        write(chunk) {
          socket.write(chunk)
        },
        destroy() {
          socket.removeAllListeners()
          // A socket that is being destroyed may still report an error; nobody is interested.
          socket.on('error', () => {})
          socket.destroy()
        },
      }
    },
  }
}

const explanations: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection reset',
  EHOSTUNREACH: 'host unreachable',
  ENETUNREACH: 'network unreachable',
  ENOTFOUND: 'host name not found',
  EAI_AGAIN: 'host name could not be looked up',
  ETIMEDOUT: 'no answer to the connection attempt',
  EPIPE: 'connection broken',
}

/** What went wrong with a socket, in words. */
export function explainSocketError(error: Error, place: string): string {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined
  return `${(code && explanations[code]) ?? error.message} by ${place}`.replace(
    / (unreachable|not found|looked up|attempt|broken) by /,
    ' $1: ',
  )
}
