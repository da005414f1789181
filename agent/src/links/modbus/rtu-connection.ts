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
import type { ByteStream } from '../channel/byte-stream.ts'
import { type ModbusJob, ModbusLine, type ModbusLineOptions } from './line.ts'
import type { ModbusConnection, ModbusFailure, ModbusResult } from './result.ts'
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
  sentMs: number
  /** From sending to the end of its answer. */
  withinMs: number
  /** An exception may be the answer to an older request. */
  doubtsExceptions: boolean
  /** One came. */
  disbelieved: boolean
}

/** An answer may be late by this many time-outs, counted from its request, without being taken for another's. */
export const latestTimeouts = 4
/**
 * The runtime's timers count whole ms, and are late by a part of one: what is left of a wait below this is spent turning
 * the event loop. On a line at 19,200 baud a whole ms more before each request would be 8 % of its short ones.
 */
const shortestTimerMs = 0.8
/** Bytes of what was no answer that are kept to describe it. */
const maxEvidence = 512
const nothing = new Uint8Array(0)
/** Where an adapter hears itself on RS-485, its requests come back before each answer. That does no harm. */
const echoHint = ', only the echo of the request: the adapter works, nobody answered'

/**
 * Modbus RTU as a client, on a serial port or through TCP: one request in flight. Before each request the line is silent,
 * and what has arrived is read and dropped. After a request without an answer the next one that the same answer would fit
 * waits until that can't come any more; others go on at once.
 */
export class ModbusRtuConnection implements ModbusConnection {
  readonly #counters: RtuCounters = { strayBytes: 0, doubts: 0 }
  readonly #options: ModbusRtuOptions
  readonly #line: ModbusLine<Job>
  readonly #doubts = new RtuDoubts()
  #current: Job | undefined
  #sent: Uint8Array = nothing
  /** What came since the request and may be the beginning of its answer. */
  #received: Uint8Array = nothing
  /** All that came since the request. */
  #evidence: Uint8Array = nothing
  #lastByteMs = Number.NEGATIVE_INFINITY
  /** Since when only bytes on the line keep the next request from being sent. */
  #noisyFromMs: number | undefined
  #sendFromMs = 0
  #isLooking = false
  #waitTimer: Timer | undefined
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
      const unsent = { sentMs: 0, withinMs: 0, doubtsExceptions: false, disbelieved: false }
      if (this.#line.admit({ unitId, read, gapMs, resolve, ...unsent })) this.#next()
    })
  }

  close(): void {
    this.#line.close()
  }

  #next(): void {
    if (this.#current || this.#isLooking || this.stream.state !== 'open') return
    this.#waitTimer?.cancel()
    this.#waitTimer = undefined
    const nowMs = this.#options.clock.monotonic()
    const next = this.#choose(nowMs)
    if (!next) return
    const { job, clearMs } = next
    if (nowMs < clearMs) return this.#wait(clearMs - nowMs)
    const silentMs = this.#lastByteMs + this.#options.silenceMs
    if (nowMs < silentMs) return this.#waitForSilence(job, nowMs, silentMs - nowMs)
    this.#look(() => {
      if (this.#lastByteMs > nowMs) this.#next()
      else this.#send(job, nowMs)
    })
  }

  /** The oldest request that may be sent, else the one that may be sent first. */
  #choose(nowMs: number): { readonly job: Job; readonly clearMs: number } | undefined {
    let first: { readonly job: Job; readonly clearMs: number } | undefined
    for (const job of this.#line.queue) {
      const clearMs = Math.max(this.#sendFromMs, this.#doubts.clearFromMs(job.unitId, job.read) ?? 0)
      if (clearMs <= nowMs) return { job, clearMs }
      if (!first || clearMs < first.clearMs) first = { job, clearMs }
    }
    return first
  }

  #look(then: () => void): void {
    this.#isLooking = true
    this.stream.whenRead(() => {
      this.#isLooking = false
      then()
    })
  }

  #wait(forMs: number): void {
    const goOn = () => this.#next()
    if (forMs < shortestTimerMs) this.#look(goOn)
    else this.#waitTimer = this.#options.clock.after(Math.max(1, Math.floor(forMs)), goOn)
  }

  #waitForSilence(job: Job, nowMs: number, forMs: number): void {
    this.#noisyFromMs ??= nowMs
    const noisyMs = nowMs - this.#noisyFromMs
    if (noisyMs <= this.#options.timeoutMs) return this.#wait(forMs)
    this.#noisyFromMs = undefined
    this.#line.take(job)
    const text = `the line is never silent: bytes came for ${Math.round(noisyMs)} ms that nobody asked for`
    job.resolve(this.#line.malformed(text))
    this.#next()
  }

  /** What had arrived up to `readMs` was read. */
  #send(job: Job, readMs: number): void {
    const { clock, timeoutMs, byteMs } = this.#options
    const { unitId, read } = job
    this.#line.take(job)
    if (this.#doubts.clearFromMs(unitId, read) !== undefined) this.#counters.doubts++
    this.#doubts.cleared(unitId, read, readMs)
    job.doubtsExceptions = this.#doubts.exceptionInDoubt(unitId, read)
    this.#current = job
    this.#noisyFromMs = undefined
    this.#received = nothing
    this.#evidence = nothing
    this.#line.counters.requests++
    job.withinMs = timeoutMs + byteMs * (rtuRequestBytes + rtuReplyBytes(read))
    job.sentMs = clock.monotonic()
    this.#deadlineTimer = clock.after(Math.ceil(job.withinMs), () => {
      // The answer may lie there unread.
      this.stream.whenRead(() => this.#timedOut(job))
    })
    this.#sent = encodeRtu(unitId, encodeRequest(read))
    this.stream.write(this.#sent)
    // It may have been kept waiting before: what is too late is counted from when it was surely sent.
    job.sentMs = clock.monotonic()
  }

  #bytes(chunk: Uint8Array): void {
    this.#lastByteMs = this.#options.clock.monotonic()
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
      if (found.kind === 'exception' && job.doubtsExceptions) {
        job.disbelieved = true
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

  #timedOut(job: Job): void {
    if (this.#current !== job) return
    const { unitId, read } = job
    this.#mayComeLate(job)
    this.#line.unanswered(unitId)
    const isEcho = startsWith(this.#evidence, this.#sent)
    const evidence = isEcho ? this.#evidence.subarray(this.#sent.length) : this.#evidence
    const wrong = describeNoRtuReply(evidence, unitId, read)
    if (wrong === undefined) {
      const timeout = this.#line.timeout(unitId, job.withinMs, isEcho ? echoHint : '')
      this.#settle(job, { ...timeout, lateUntilMs: lateUntil(job) })
    } else this.#settle(job, this.#line.malformed(`unit ${unitId} sent ${wrong}`))
    this.#line.giveUpIfSilent()
  }

  #mayComeLate(job: Job): void {
    this.#doubts.unanswered(job.unitId, job.read, lateUntil(job), job.disbelieved)
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
    this.#waitTimer?.cancel()
    this.#waitTimer = undefined
    this.#isLooking = false
    this.#noisyFromMs = undefined
    const job = this.#current
    if (!job) return
    this.#current = undefined
    // The line behind a lost connection may still bring its answer on the next one.
    this.#mayComeLate(job)
    job.resolve(failure)
  }
}

function startsWith(bytes: Uint8Array, start: Uint8Array): boolean {
  return bytes.length >= start.length && start.every((byte, i) => bytes[i] === byte)
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  if (first.length === 0) return second
  const both = new Uint8Array(first.length + second.length)
  both.set(first)
  both.set(second, first.length)
  return both
}

function lateUntil({ sentMs, withinMs }: Job): number {
  return sentMs + latestTimeouts * withinMs
}
