import type { Clock } from '@lineside/contract'
import { exceptionText, type ModbusQuery } from '@lineside/device-profiles'
import type { BackoffPolicy } from '../../poll/backoff.ts'
import { ByteStream, type ChannelPlace } from '../channel/byte-stream.ts'
import { LineSilence } from './line-silence.ts'
import { disconnected, type ModbusFailure, type ModbusResult, type ModbusTimeout } from './result.ts'

export interface ModbusLineOptions {
  readonly place: ChannelPlace
  /** From a request to its complete answer. */
  readonly timeoutMs: number
  readonly connectTimeoutMs: number
  readonly clock: Clock
  readonly random: () => number
  /** Keeps a connection on which nobody answers, as where units are looked for. */
  readonly staysInSilence?: boolean
  /** Of connecting again. */
  readonly backoff?: BackoffPolicy
  /** The peer speaks Modbus (again), or is gone. Called on change only. */
  readonly changed: (online: boolean, text: string | undefined) => void
  /** A connection was made; whether anybody answers on it is not known yet. */
  readonly opened: () => void
}

export interface ModbusJob {
  readonly unitId: number
  readonly read: ModbusQuery
  readonly gapMs: number
  readonly resolve: (result: ModbusResult) => void
}

export interface ModbusLineCounters {
  requests: number
  timeouts: number
  exceptions: number
  malformed: number
  /** Connections given up because nothing came any more. */
  silences: number
}

/** What the owner of a line does with its bytes. */
export interface ModbusLineEvents {
  opened(): void
  bytes(chunk: Uint8Array): void
  /** What is under way will not be answered; what waits is settled by the line itself. */
  ended(failure: ModbusFailure): void
}

/** Requests that may wait for their turn. */
const maxQueued = 1000

/**
 * What the Modbus connections have in common, whatever their frames are: the stream, the requests that wait for their
 * turn, and whether anybody answers.
 */
export class ModbusLine<J extends ModbusJob> {
  readonly stream: ByteStream
  readonly counters: ModbusLineCounters = { requests: 0, timeouts: 0, exceptions: 0, malformed: 0, silences: 0 }
  /** Oldest first. */
  readonly queue: J[] = []
  readonly #options: ModbusLineOptions
  readonly #events: ModbusLineEvents
  readonly #silence = new LineSilence()
  #online: boolean | undefined

  constructor(options: ModbusLineOptions, events: ModbusLineEvents) {
    this.#options = options
    this.#events = events
    this.stream = new ByteStream(options, {
      opened: () => this.#opened(),
      bytes: chunk => this.#events.bytes(chunk),
      lost: text => this.#lost(text),
    })
  }

  /** Queues a request. False: it was settled at once, for it can't be asked. */
  admit(job: J): boolean {
    const { state, text } = this.stream
    if (state !== 'open' && state !== 'connecting') job.resolve(disconnected(text))
    else if (this.queue.length >= maxQueued) job.resolve(disconnected(`${maxQueued} requests wait already`))
    else {
      this.queue.push(job)
      return true
    }
    return false
  }

  /** Its turn has come. */
  take(job: J): void {
    const at = this.queue.indexOf(job)
    if (at >= 0) this.queue.splice(at, 1)
  }

  /** An answer of this unit came. */
  answered(unitId: number): void {
    this.alive()
    this.#silence.answered(unitId)
  }

  /** Somebody speaks Modbus here. */
  alive(): void {
    this.#silence.broken()
    if (this.#online) return
    this.#online = true
    this.stream.healthy()
    this.#options.changed(true, undefined)
  }

  refusal(code: number): ModbusFailure {
    this.counters.exceptions++
    return { ok: false, kind: 'exception', exception: code, text: exceptionText(code) }
  }

  malformed(text: string): ModbusFailure {
    this.counters.malformed++
    return { ok: false, kind: 'malformed', text }
  }

  /** `more` is said behind it. */
  timeout(unitId: number, afterMs: number, more = ''): ModbusTimeout {
    this.counters.timeouts++
    return { ok: false, kind: 'timeout', text: `no answer from unit ${unitId} within ${Math.round(afterMs)} ms${more}` }
  }

  /** No answer came in time. */
  unanswered(unitId: number): void {
    this.#silence.unanswered(unitId)
  }

  /** Makes a new connection where nobody answers any more. True: it did. */
  giveUpIfSilent(): boolean {
    if (!this.#silence.isComplete || this.#options.staysInSilence === true) return false
    this.giveUp()
    return true
  }

  giveUp(): void {
    this.counters.silences++
    this.stream.drop(this.#silence.text)
  }

  /** Settles what waits and closes; never waits for the peer. */
  close(): void {
    this.stream.close()
    this.end(disconnected('link closed'))
  }

  /** Settles what is under way and what waits. */
  end(failure: ModbusFailure): void {
    const waiting = this.queue.splice(0)
    this.#events.ended(failure)
    for (const job of waiting) job.resolve(failure)
  }

  #opened(): void {
    this.#silence.reset()
    this.#events.opened()
    this.#options.opened()
  }

  #lost(text: string): void {
    this.end(disconnected(text))
    if (this.#online === false) return
    this.#online = false
    this.#options.changed(false, text)
  }
}
