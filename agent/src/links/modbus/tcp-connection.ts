import type { Timer } from '@lineside/contract'
import { decodeResponse, encodeMbap, encodeRequest, type MbapFrame, type ModbusQuery } from '@lineside/device-profiles'
import type { ByteStream } from '../channel/byte-stream.ts'
import { MbapAnswers } from './mbap-answers.ts'
import { type ModbusJob, ModbusLine, type ModbusLineOptions } from './line.ts'
import type { ModbusConnection, ModbusFailure, ModbusResult } from './result.ts'

export interface ModbusTcpOptions extends ModbusLineOptions {
  readonly maxInFlight: number
}

interface Job extends ModbusJob {
  deadlineMs: number
}

/**
 * Odd, so that all ids are used before one comes again; not 1, so that a peer that miscounts doesn't hit the id of
 * another request under way.
 */
const idStep = 0x9e37
/** Transaction ids of unanswered requests that a connection remembers; then it is given up. */
const maxRetired = 4096

/** Modbus TCP as a client: one connection, many units. */
export class ModbusTcpConnection implements ModbusConnection {
  readonly #options: ModbusTcpOptions
  readonly #line: ModbusLine<Job>
  /** By transaction id, oldest first. */
  readonly #pending = new Map<number, Job>()
  #answers = new MbapAnswers(this.#pending)
  #lastId: number
  /** Frames that answer nothing that waits: late, doubled or foreign. Never taken for an answer. */
  #strays = 0
  #sendFromMs = 0
  #gapTimer: Timer | undefined
  #deadlineTimer: Timer | undefined

  constructor(options: ModbusTcpOptions) {
    this.#options = options
    this.#lastId = Math.floor(options.random() * 0x1_0000)
    this.#line = new ModbusLine(options, {
      opened: () => this.#opened(),
      bytes: chunk => this.#bytes(chunk),
      ended: failure => this.#ended(failure),
    })
  }

  get stream(): ByteStream {
    return this.#line.stream
  }

  get counters(): Readonly<Record<string, number>> {
    return { ...this.stream.counters, ...this.#line.counters, strays: this.#strays }
  }

  start(): void {
    this.stream.start()
  }

  request(unitId: number, read: ModbusQuery, gapMs: number): Promise<ModbusResult> {
    return new Promise(resolve => {
      if (this.#line.admit({ unitId, read, gapMs, resolve, deadlineMs: 0 })) this.#send()
    })
  }

  close(): void {
    this.#line.close()
  }

  #send(): void {
    const { clock, timeoutMs, maxInFlight } = this.#options
    const { stream, queue, counters } = this.#line
    while (stream.state === 'open' && this.#pending.size < maxInFlight) {
      const job = queue[0]
      if (!job) return
      const nowMs = clock.monotonic()
      if (nowMs < this.#sendFromMs) {
        this.#gapTimer ??= clock.after(this.#sendFromMs - nowMs, () => {
          this.#gapTimer = undefined
          this.#send()
        })
        return
      }
      queue.shift()
      const id = this.#nextId()
      job.deadlineMs = nowMs + timeoutMs
      this.#pending.set(id, job)
      counters.requests++
      stream.write(encodeMbap(id, job.unitId, encodeRequest(job.read)))
      this.#deadlineTimer ??= this.#deadlineAfter(timeoutMs)
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
    const text = `not Modbus TCP: ${what}`
    // Those who wait learn what was wrong rather than that the connection is gone.
    this.#line.end(this.#line.malformed(text))
    this.stream.drop(text)
  }

  #frame(frame: MbapFrame): void {
    const job = this.#pending.get(frame.transaction)
    if (!job) {
      this.#strays++
      if (this.#answers.arrived(frame.transaction)) this.#line.alive()
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
      // The right answer may still come under this id.
      this.#answers.retire(frame.transaction)
      return this.#line.malformed(reply.text)
    }
    this.#line.answered(job.unitId)
    return reply.kind === 'data' ? { ok: true, data: reply.data } : this.#line.refusal(reply.code)
  }

  /** Before anything is given up, what has arrived meanwhile is read. */
  #deadlineAfter(delayMs: number): Timer {
    return this.#options.clock.after(delayMs, () => this.stream.whenRead(() => this.#checkDeadlines()))
  }

  /** One timer serves all deadlines: it looks again when the oldest request is due. */
  #checkDeadlines(): void {
    const { clock, timeoutMs } = this.#options
    const nowMs = clock.monotonic()
    this.#deadlineTimer = undefined
    for (const [id, job] of this.#pending) {
      if (job.deadlineMs > nowMs) {
        this.#deadlineTimer = this.#deadlineAfter(Math.ceil(job.deadlineMs - nowMs))
        break
      }
      this.#pending.delete(id)
      this.#answers.retire(id)
      this.#line.unanswered(job.unitId)
      this.#sendFromMs = nowMs + job.gapMs
      job.resolve(this.#line.timeout(job.unitId, timeoutMs))
    }
    if (this.#line.giveUpIfSilent()) return
    if (this.#answers.retired.size > maxRetired) this.#line.giveUp()
    else this.#send()
  }

  #opened(): void {
    this.#answers = new MbapAnswers(this.#pending)
    this.#sendFromMs = 0
    this.#send()
  }

  #ended(failure: ModbusFailure): void {
    this.#deadlineTimer?.cancel()
    this.#deadlineTimer = undefined
    this.#gapTimer?.cancel()
    this.#gapTimer = undefined
    const jobs = [...this.#pending.values()]
    this.#pending.clear()
    for (const job of jobs) job.resolve(failure)
  }
}
