import { createConnection, type Socket } from 'node:net'
import type { Clock, Timer } from '@lineside/contract'
import { type BackoffPolicy, backoffDelay } from '../poll/backoff.ts'

export interface TcpStreamOptions {
  readonly host: string
  readonly port: number
  readonly connectTimeoutMs: number
  readonly clock: Clock
  readonly random: () => number
  readonly backoff?: BackoffPolicy
}

/** What the owner of a stream is told. Bytes of a connection never come after `lost` was called for it. */
export interface TcpStreamEvents {
  opened(): void
  bytes(chunk: Buffer): void
  /** The connection broke or could not be made; the next attempt follows by itself. */
  lost(text: string): void
}

export interface TcpStreamCounters {
  /** Connections made. */
  connects: number
  /** Attempts that failed. */
  connectFailures: number
  bytesIn: number
  bytesOut: number
}

const defaultBackoff: BackoffPolicy = { baseMs: 500, maxMs: 30_000 }
/** Beyond this the peer doesn't read, and more would only fill memory. */
const maxUnsentBytes = 65_536

/**
 * One TCP connection that comes back by itself: at most one attempt a back-off, which grows until the owner
 * says that the peer does its work. Closing never waits for the peer.
 */
export class TcpStream {
  readonly counters: TcpStreamCounters = { connects: 0, connectFailures: 0, bytesIn: 0, bytesOut: 0 }
  readonly #options: TcpStreamOptions
  readonly #events: TcpStreamEvents
  #state: 'idle' | 'connecting' | 'open' | 'waiting' | 'closed' = 'idle'
  #socket: Socket | undefined
  #timer: Timer | undefined
  #attempt = 0
  #text = 'not connected yet'
  #waiting: (() => void)[] = []

  constructor(options: TcpStreamOptions, events: TcpStreamEvents) {
    this.#options = options
    this.#events = events
  }

  get state(): 'idle' | 'connecting' | 'open' | 'waiting' | 'closed' {
    return this.#state
  }

  /** Why there is no connection. */
  get text(): string {
    return this.#text
  }

  start(): void {
    if (this.#state === 'idle') this.#connect()
  }

  /** Resolves when an attempt to connect that is under way has come to an end; at once where there is none. */
  ready(): Promise<void> {
    if (this.#state !== 'connecting') return Promise.resolve()
    return new Promise(resolve => void this.#waiting.push(resolve))
  }

  /** Sends now; false where there is no connection to send on. */
  write(bytes: Uint8Array): boolean {
    if (this.#state !== 'open' || !this.#socket) return false
    if (this.#socket.writableLength > maxUnsentBytes) {
      this.drop('the peer takes no more bytes')
      return false
    }
    this.counters.bytesOut += bytes.length
    this.#socket.write(bytes)
    return true
  }

  /** The peer does what it should: the next break starts from the shortest back-off. */
  healthy(): void {
    this.#attempt = 0
  }

  /** Gives the connection up, and makes a new one after the back-off. */
  drop(text: string): void {
    if (this.#state !== 'open' && this.#state !== 'connecting') return
    this.#discard()
    this.#state = 'waiting'
    this.#text = text
    const { clock, random, backoff = defaultBackoff } = this.#options
    this.#timer = clock.after(backoffDelay(backoff, this.#attempt++, random), () => this.#connect())
    this.#release()
    this.#events.lost(text)
  }

  /** For good. `lost` is not called: the owner knows. */
  close(): void {
    this.#timer?.cancel()
    this.#discard()
    this.#state = 'closed'
    this.#text = 'link closed'
    this.#release()
  }

  #connect(): void {
    const { host, port, connectTimeoutMs, clock } = this.#options
    this.#state = 'connecting'
    const socket = createConnection({ host, port, noDelay: true, keepAlive: true, keepAliveInitialDelay: 10_000 })
    this.#socket = socket
    this.#timer = clock.after(connectTimeoutMs, () => {
      this.counters.connectFailures++
      this.drop(`no connection to ${host}:${port} within ${connectTimeoutMs} ms`)
    })
    // What an earlier socket still says is not listened to: #discard takes its listeners away.
    socket.on('connect', () => {
      this.#timer?.cancel()
      this.#state = 'open'
      this.counters.connects++
      this.#release()
      this.#events.opened()
    })
    socket.on('data', chunk => {
      this.counters.bytesIn += chunk.length
      this.#events.bytes(chunk)
    })
    socket.on('error', error => {
      if (this.#state === 'connecting') this.counters.connectFailures++
      this.drop(explain(error, host, port))
    })
    socket.on('close', () => this.drop(`connection closed by ${host}:${port}`))
    socket.on('end', () => this.drop(`connection closed by ${host}:${port}`))
  }

  #release(): void {
    for (const resolve of this.#waiting.splice(0)) resolve()
  }

  #discard(): void {
    this.#timer?.cancel()
    this.#timer = undefined
    const socket = this.#socket
    this.#socket = undefined
    if (!socket) return
    socket.removeAllListeners()
    // A socket that is being destroyed may still report an error; nobody is interested.
    socket.on('error', () => {})
    socket.destroy()
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

function explain(error: Error, host: string, port: number): string {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined
  return `${(code && explanations[code]) ?? error.message} by ${host}:${port}`.replace(
    / (unreachable|not found|looked up|attempt|broken) by /,
    ' $1: ',
  )
}
