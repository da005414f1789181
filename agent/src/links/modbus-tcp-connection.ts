import type { Clock, Timer } from '@lineside/contract'
import {
  decodeResponse,
  encodeMbap,
  encodeRequest,
  exceptionText,
  type MbapFrame,
  type ReadPdu,
} from '@lineside/device-profiles'
import { disconnected, type ModbusConnection, type ModbusFailure, type ModbusResult } from './modbus-result.ts'
import type { BackoffPolicy } from '../poll/backoff.ts'
import { ByteStream } from './byte-stream.ts'
import { MbapAnswers } from './mbap-answers.ts'
import { LineSilence } from './line-silence.ts'
import { tcpPlace } from './tcp-channel.ts'

export interface ModbusTcpOptions {
  readonly host: string
  readonly port: number
  /** From sending a request to its complete answer; also for connecting. */
  readonly timeoutMs: number
  /** Silence between an answer and the next request. */
  readonly requestGapMs: number
  readonly maxInFlight: number
  readonly clock: Clock
  readonly random: () => number
  /** Of connecting again. */
  readonly backoff?: BackoffPolicy
  /** The peer speaks Modbus (again), or is gone. Called on change only. */
  readonly changed: (online: boolean, text: string | undefined) => void
  /** A connection was made; whether anybody answers on it is not known yet. */
  readonly opened: () => void
}

export interface ModbusTcpCounters {
  requests: number
  timeouts: number
  exceptions: number
  malformed: number
  /** Frames that answer nothing that waits: late, doubled or foreign. Never taken for an answer. */
  strays: number
  /** Connections given up because nothing came any more. */
  silences: number
}

interface Job {
  readonly unitId: number
  readonly read: ReadPdu
  readonly gapMs: number
  readonly resolve: (result: ModbusResult) => void
  deadlineMs: number
}

/**
 * Odd, so that all ids are used before one comes again; not 1, so that a peer that miscounts doesn't hit the id of
 * another request under way.
 */
const idStep = 0x9e37
/** Requests that may wait for their turn. */
const maxQueued = 1000
/** Transaction ids of unanswered requests that a connection remembers; then it is given up. */
const maxRetired = 4096

/** Modbus TCP as a client: one connection, many units. */
export class ModbusTcpConnection implements ModbusConnection {
  readonly #counters: ModbusTcpCounters = {
    requests: 0,
    timeouts: 0,
    exceptions: 0,
    malformed: 0,
    strays: 0,
    silences: 0,
  }
  readonly stream: ByteStream
  readonly #options: ModbusTcpOptions
  readonly #queue: Job[] = []
  /** By transaction id, oldest first. */
  readonly #pending = new Map<number, Job>()
  #answers = new MbapAnswers(this.#pending)
  #lastId: number
  readonly #silence = new LineSilence()
  #online: boolean | undefined
  #sendFromMs = 0
  #gapTimer: Timer | undefined
  #deadlineTimer: Timer | undefined

  constructor(options: ModbusTcpOptions) {
    this.#options = options
    this.#lastId = Math.floor(options.random() * 0x1_0000)
    const { host, port, timeoutMs, clock, random, backoff } = options
    this.stream = new ByteStream(
      {
        place: tcpPlace(host, port),
        connectTimeoutMs: Math.max(timeoutMs, 1000),
        clock,
        random,
        ...(backoff && { backoff }),
      },
      { opened: () => this.#opened(), bytes: chunk => this.#bytes(chunk), lost: text => this.#lost(text) },
    )
  }

  get counters(): Readonly<Record<string, number>> {
    return { ...this.stream.counters, ...this.#counters }
  }

  start(): void {
    this.stream.start()
  }

  request(unitId: number, read: ReadPdu, gapMs: number): Promise<ModbusResult> {
    return new Promise(resolve => {
      const { state } = this.stream
      if (state !== 'open' && state !== 'connecting') return resolve(disconnected(this.stream.text))
      if (this.#queue.length >= maxQueued) return resolve(disconnected(`${maxQueued} requests wait already`))
      this.#queue.push({ unitId, read, gapMs, resolve, deadlineMs: 0 })
      this.#send()
    })
  }

  /** Settles what waits and closes; never waits for the peer. */
  close(): void {
    this.stream.close()
    this.#settleAll(disconnected('link closed'))
  }

  #send(): void {
    const { clock, timeoutMs, maxInFlight } = this.#options
    while (this.stream.state === 'open' && this.#pending.size < maxInFlight) {
      const job = this.#queue[0]
      if (!job) return
      const nowMs = clock.monotonic()
      if (nowMs < this.#sendFromMs) {
        this.#gapTimer ??= clock.after(this.#sendFromMs - nowMs, () => {
          this.#gapTimer = undefined
          this.#send()
        })
        return
      }
      this.#queue.shift()
      const id = this.#nextId()
      job.deadlineMs = nowMs + timeoutMs
      this.#pending.set(id, job)
      this.#counters.requests++
      this.stream.write(encodeMbap(id, job.unitId, encodeRequest(job.read)))
      this.#deadlineTimer ??= clock.after(timeoutMs, () => this.#checkDeadlines())
    }
  }

  #nextId(): number {
    do this.#lastId = (this.#lastId + idStep) & 0xffff
    while (this.#pending.has(this.#lastId) || this.#answers.retired.has(this.#lastId))
    return this.#lastId
  }

  #bytes(chunk: Uint8Array): void {
    const read = this.#answers.push(chunk)
    if (!read.ok) return this.#malformed(read.text)
    for (const frame of read.frames) this.#frame(frame)
    this.#send()
  }

  #malformed(what: string): void {
    this.#counters.malformed++
    const text = `not Modbus TCP: ${what}`
    // Those who wait learn what was wrong rather than that the connection is gone.
    this.#settleAll({ ok: false, kind: 'malformed', text })
    this.stream.drop(text)
  }

  #frame(frame: MbapFrame): void {
    const job = this.#pending.get(frame.transaction)
    if (!job) {
      this.#counters.strays++
      if (this.#answers.arrived(frame.transaction)) this.#alive()
      return
    }
    this.#pending.delete(frame.transaction)
    this.#sendFromMs = this.#options.clock.monotonic() + job.gapMs
    job.resolve(this.#judge(job, frame))
  }

  #judge(job: Job, frame: MbapFrame): ModbusResult {
    const reply =
      frame.unitId === job.unitId
        ? decodeResponse(job.read, frame.pdu)
        : { kind: 'foreign' as const, text: `unit ${frame.unitId} in answer to unit ${job.unitId}` }
    if (reply.kind === 'foreign') {
      this.#counters.malformed++
      // The right answer may still come under this id.
      this.#answers.retire(frame.transaction)
      return { ok: false, kind: 'malformed', text: reply.text }
    }
    this.#alive()
    this.#silence.answered(job.unitId)
    if (reply.kind === 'data') return { ok: true, data: reply.data }
    this.#counters.exceptions++
    return { ok: false, kind: 'exception', exception: reply.code, text: exceptionText(reply.code) }
  }

  #alive(): void {
    this.#silence.broken()
    if (this.#online) return
    this.#online = true
    this.stream.healthy()
    this.#options.changed(true, undefined)
  }

  /** One timer serves all deadlines: it looks again when the oldest request is due. */
  #checkDeadlines(): void {
    const { clock, timeoutMs } = this.#options
    const nowMs = clock.monotonic()
    this.#deadlineTimer = undefined
    for (const [id, job] of this.#pending) {
      if (job.deadlineMs > nowMs) {
        this.#deadlineTimer = clock.after(Math.ceil(job.deadlineMs - nowMs), () => this.#checkDeadlines())
        break
      }
      this.#pending.delete(id)
      this.#answers.retire(id)
      this.#silence.unanswered(job.unitId)
      this.#counters.timeouts++
      this.#sendFromMs = nowMs + job.gapMs
      job.resolve({ ok: false, kind: 'timeout', text: `no answer from unit ${job.unitId} within ${timeoutMs} ms` })
    }
    if (this.#silence.isComplete || this.#answers.retired.size > maxRetired) {
      this.#counters.silences++
      this.stream.drop(this.#silence.text)
    } else this.#send()
  }

  #opened(): void {
    this.#answers = new MbapAnswers(this.#pending)
    this.#silence.reset()
    this.#sendFromMs = 0
    this.#options.opened()
    this.#send()
  }

  #lost(text: string): void {
    this.#settleAll(disconnected(text))
    if (this.#online === false) return
    this.#online = false
    this.#options.changed(false, text)
  }

  #settleAll(failure: ModbusFailure): void {
    this.#deadlineTimer?.cancel()
    this.#deadlineTimer = undefined
    this.#gapTimer?.cancel()
    this.#gapTimer = undefined
    const jobs = [...this.#pending.values(), ...this.#queue]
    this.#pending.clear()
    this.#queue.length = 0
    for (const job of jobs) job.resolve(failure)
  }
}
