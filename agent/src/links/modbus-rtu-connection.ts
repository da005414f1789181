import type { Timer } from '@lineside/contract'
import {
  describeNoRtuReply,
  encodeRequest,
  encodeRtu,
  findRtuReply,
  type ModbusQuery,
  rtuReplyBytes,
  rtuRequestBytes,
} from '@lineside/device-profiles'
import type { ByteStream } from './byte-stream.ts'
import { type ModbusJob, ModbusLine, type ModbusLineOptions } from './modbus-line.ts'
import type { ModbusConnection, ModbusFailure, ModbusResult } from './modbus-result.ts'
import { RtuDoubts } from './rtu-doubts.ts'

export interface ModbusRtuOptions extends ModbusLineOptions {
  /** From the end of a request to the end of its answer, without the time that both take on the wire. */
  readonly timeoutMs: number
  /** Silence of the line before each request. */
  readonly silenceMs: number
  /** Silence between opening and the first request. */
  readonly connectDelayMs: number
  /** How long one byte takes on the wire; 0 where that is not known. */
  readonly byteMs: number
}

interface RtuCounters {
  /** Bytes that belong to no answer: late, doubled, foreign, noise. */
  strayBytes: number
  /** Requests that had to wait until the answer to an older one could not come any more. */
  doubts: number
}

interface Job extends ModbusJob {
  /** Since when the line has been listened to for this request. */
  listenFromMs: number | undefined
  sentMs: number
}

/** An answer may be late by this many time-outs, counted from its request, without being taken for another's. */
export const latestTimeouts = 4
/** Bytes of what was no answer that are kept to describe it. */
const maxEvidence = 512
const nothing = new Uint8Array(0)

/**
 * Modbus RTU as a client, on a serial port or through TCP: one request in flight. The line is listened to before each
 * request, and what comes without a request waiting is dropped. After a request without an answer the next one that the
 * same answer would fit waits until that can't come any more; others go on at once.
 */
export class ModbusRtuConnection implements ModbusConnection {
  readonly #counters: RtuCounters = { strayBytes: 0, doubts: 0 }
  readonly #options: ModbusRtuOptions
  readonly #line: ModbusLine<Job>
  readonly #doubts = new RtuDoubts()
  #current: Job | undefined
  /** What came since the request and may be the beginning of its answer. */
  #received: Uint8Array = nothing
  /** All that came since the request. */
  #evidence: Uint8Array = nothing
  #lastByteMs = Number.NEGATIVE_INFINITY
  #sendFromMs = 0
  #sendTimer: Timer | undefined
  #deadlineTimer: Timer | undefined

  constructor(options: ModbusRtuOptions) {
    this.#options = options
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
    return { ...this.stream.counters, ...this.#line.counters, ...this.#counters }
  }

  start(): void {
    this.stream.start()
  }

  request(unitId: number, read: ModbusQuery, gapMs: number): Promise<ModbusResult> {
    return new Promise(resolve => {
      if (this.#line.admit({ unitId, read, gapMs, resolve, listenFromMs: undefined, sentMs: 0 })) this.#next()
    })
  }

  close(): void {
    this.#line.close()
  }

  #next(): void {
    const [job] = this.#line.queue
    if (!job || this.#current || this.#sendTimer || this.stream.state !== 'open') return
    const { clock } = this.#options
    const nowMs = clock.monotonic()
    const fromMs = this.#mayBeSentFrom(job, nowMs)
    if (nowMs < fromMs) {
      this.#sendTimer = clock.after(Math.ceil(fromMs - nowMs), () => {
        this.#sendTimer = undefined
        this.#next()
      })
      return
    }
    this.#line.queue.shift()
    this.#send(job, nowMs)
  }

  #mayBeSentFrom(job: Job, nowMs: number): number {
    const { unitId, read } = job
    const { silenceMs } = this.#options
    if (job.listenFromMs === undefined) {
      const clearFromMs = Math.max(this.#doubts.clearFromMs(unitId, read) ?? 0, this.#sendFromMs)
      if (clearFromMs > nowMs) return clearFromMs
      if (this.#doubts.clearFromMs(unitId, read) !== undefined) this.#counters.doubts++
      // Also after a long pause: what came meanwhile may not have been read yet.
      job.listenFromMs = nowMs
    }
    return Math.max(job.listenFromMs, this.#lastByteMs) + silenceMs
  }

  #send(job: Job, nowMs: number): void {
    const { clock, timeoutMs, byteMs } = this.#options
    const { unitId, read } = job
    this.#doubts.cleared(unitId, read)
    this.#current = job
    job.sentMs = nowMs
    this.#received = nothing
    this.#evidence = nothing
    this.#line.counters.requests++
    const wireMs = byteMs * (rtuRequestBytes + rtuReplyBytes(read))
    this.#deadlineTimer = clock.after(Math.ceil(timeoutMs + wireMs), () => this.#timedOut(job, timeoutMs + wireMs))
    this.stream.write(encodeRtu(unitId, encodeRequest(read)))
  }

  #bytes(chunk: Uint8Array): void {
    const nowMs = this.#options.clock.monotonic()
    this.#lastByteMs = nowMs
    const job = this.#current
    if (!job) {
      this.#counters.strayBytes += chunk.length
      return
    }
    if (this.#evidence.length < maxEvidence) this.#evidence = joined(this.#evidence, chunk)
    let bytes = joined(this.#received, chunk)
    for (;;) {
      const found = findRtuReply(bytes, job.unitId, job.read)
      if (found.kind === 'none') {
        this.#counters.strayBytes += found.keepFrom
        this.#received = bytes.subarray(found.keepFrom)
        return
      }
      if (found.kind === 'exception' && this.#doubts.exceptionInDoubt(job.unitId, job.read, nowMs)) {
        this.#counters.strayBytes += found.end
        bytes = bytes.subarray(found.end)
        continue
      }
      this.#counters.strayBytes += bytes.length - found.end
      this.#line.answered(job.unitId)
      if (found.kind === 'data') return this.#settle(job, { ok: true, data: found.data })
      return this.#settle(job, this.#line.refusal(found.code))
    }
  }

  #timedOut(job: Job, afterMs: number): void {
    const { unitId, read } = job
    this.#doubts.unanswered(unitId, read, job.sentMs + latestTimeouts * afterMs)
    this.#line.unanswered(unitId)
    const wrong = describeNoRtuReply(this.#evidence, unitId, read)
    if (wrong === undefined) this.#settle(job, this.#line.timeout(unitId, afterMs))
    else this.#settle(job, this.#line.malformed(`unit ${unitId} sent ${wrong}`))
    this.#line.giveUpIfSilent()
  }

  #settle(job: Job, result: ModbusResult): void {
    this.#deadlineTimer?.cancel()
    this.#deadlineTimer = undefined
    this.#current = undefined
    this.#received = nothing
    this.#sendFromMs = this.#options.clock.monotonic() + job.gapMs
    job.resolve(result)
    this.#next()
  }

  #opened(): void {
    this.#sendFromMs = this.#options.clock.monotonic() + this.#options.connectDelayMs
    this.#next()
  }

  #ended(failure: ModbusFailure): void {
    this.#deadlineTimer?.cancel()
    this.#deadlineTimer = undefined
    this.#sendTimer?.cancel()
    this.#sendTimer = undefined
    const job = this.#current
    if (!job) return
    this.#current = undefined
    // The line behind a lost connection may still bring its answer on the next one.
    this.#doubts.unanswered(job.unitId, job.read, job.sentMs + latestTimeouts * this.#options.timeoutMs)
    job.resolve(failure)
  }
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  if (first.length === 0) return second
  const both = new Uint8Array(first.length + second.length)
  both.set(first)
  both.set(second, first.length)
  return both
}
