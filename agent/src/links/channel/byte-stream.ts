import type { Clock, Timer } from '@lineside/contract'
import { type BackoffPolicy, backoffDelay } from '../../poll/backoff.ts'

/** A socket or a port, from the attempt to open it to its end. */
export interface Channel {
  /** Bytes that were written and are still in this process. */
  readonly unsentBytes: number
  /** Only after `opened`. */
  write(bytes: Uint8Array): void
  /** Ends it without waiting for the peer; nothing is told of it any more. */
  destroy(): void
}

/** What a channel tells its stream, never before `open` has returned. */
export interface ChannelEvents {
  opened(): void
  bytes(chunk: Uint8Array): void
  /** It could not be opened or broke, and why. */
  broken(text: string): void
}

/** Where a stream of bytes comes from. */
export interface ChannelPlace {
  /** `192.0.2.10:502`, `/dev/ttyUSB0`. */
  readonly name: string
  open(events: ChannelEvents): Channel
}

export interface ByteStreamOptions {
  readonly place: ChannelPlace
  readonly connectTimeoutMs: number
  readonly clock: Clock
  readonly random: () => number
  readonly backoff?: BackoffPolicy
}

/** What the owner of a stream is told. Bytes of a connection never come after `lost` was called for it. */
export interface ByteStreamEvents {
  opened(): void
  bytes(chunk: Uint8Array): void
  /** The connection broke or could not be made; the next attempt follows by itself. */
  lost(text: string): void
}

export interface ByteStreamCounters {
  /** Connections made. */
  connects: number
  /** Attempts that failed. */
  connectFailures: number
  bytesIn: number
  bytesOut: number
}

export type ByteStreamState = 'idle' | 'connecting' | 'open' | 'waiting' | 'closed'

const defaultBackoff: BackoffPolicy = { baseMs: 500, maxMs: 30_000 }
/** Beyond this the peer doesn't read, and more would only fill memory. */
const maxUnsentBytes = 65_536

/**
 * One connection or port that comes back by itself: at most one attempt a back-off, which grows until the owner
 * says that the peer does its work. Closing never waits for the peer.
 */
export class ByteStream {
  readonly counters: ByteStreamCounters = { connects: 0, connectFailures: 0, bytesIn: 0, bytesOut: 0 }
  readonly #options: ByteStreamOptions
  readonly #events: ByteStreamEvents
  #state: ByteStreamState = 'idle'
  #channel: Channel | undefined
  #timer: Timer | undefined
  #attempt = 0
  #text = 'not connected yet'
  #waiting: (() => void)[] = []

  constructor(options: ByteStreamOptions, events: ByteStreamEvents) {
    this.#options = options
    this.#events = events
  }

  get state(): ByteStreamState {
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
    if (this.#state !== 'open' || !this.#channel) return false
    if (this.#channel.unsentBytes > maxUnsentBytes) {
      this.drop('the peer takes no more bytes')
      return false
    }
    this.counters.bytesOut += bytes.length
    this.#channel.write(bytes)
    return true
  }

  /**
   * Calls back once everything was told that had arrived before this call: a process that was kept waiting by its
   * machine finds its timers due while the bytes still lie unread. Never, where the connection ends before that.
   */
  whenRead(callback: () => void): void {
    const channel = this.#channel
    // Sockets are looked at before each turn's immediates, but the first turn may have begun with an older look.
    setImmediate(() =>
      setImmediate(() => {
        if (channel === this.#channel && this.#state === 'open') callback()
      }),
    )
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
    this.#discard()
    this.#state = 'closed'
    this.#text = 'link closed'
    this.#release()
  }

  #connect(): void {
    const { place, connectTimeoutMs, clock } = this.#options
    this.#state = 'connecting'
    this.#timer = clock.after(connectTimeoutMs, () => {
      this.counters.connectFailures++
      this.drop(`no connection to ${place.name} within ${connectTimeoutMs} ms`)
    })
    // What an earlier channel still says is not listened to.
    const isCurrent = () => this.#channel === channel
    const channel = place.open({
      opened: () => {
        if (!isCurrent()) return
        this.#timer?.cancel()
        this.#state = 'open'
        this.counters.connects++
        this.#release()
        this.#events.opened()
      },
      bytes: chunk => {
        if (!isCurrent()) return
        this.counters.bytesIn += chunk.length
        this.#events.bytes(chunk)
      },
      broken: text => {
        if (!isCurrent()) return
        if (this.#state === 'connecting') this.counters.connectFailures++
        this.drop(text)
      },
    })
    this.#channel = channel
  }

  #release(): void {
    for (const resolve of this.#waiting.splice(0)) resolve()
  }

  #discard(): void {
    this.#timer?.cancel()
    this.#timer = undefined
    const channel = this.#channel
    this.#channel = undefined
    channel?.destroy()
  }
}
