import type { Clock, Timer } from '@lineside/contract'
import type { Stamping } from '../buffer/api.ts'
import type { ClockChange, ClockKeeper, ClockOptions, ClockStatus } from './api.ts'
import { type Evidence, goesBack, judgeClock, type Known, noiseMs } from './judge.ts'
import { type Asked, doubt, earliestMs, patienceMs, receiverAgainMs, serviceAgainMs } from './questions.ts'
import { StampClock } from './stamp-clock.ts'
import type { ServiceState } from './time-service.ts'
import { narrowed, type TimedAnswer, type ZeroRange, zeroRange } from './zero-range.ts'

const checkMs = 1000
/** Answers after which what is known must do, on a slow line. */
const enoughAnswers = 5
/** A machine's clock that is off by more may fail a certificate that is valid. */
const farOffMs = 60_000

/** Starts with the machine's clock; doubtful until somebody vouches for it. */
export function createClockKeeper(options: ClockOptions): ClockKeeper {
  return new Keeper(options)
}

class Keeper implements ClockKeeper {
  readonly #o: ClockOptions
  readonly #stamp: StampClock
  readonly #listeners = new Set<(change: ClockChange) => void>()
  readonly #timers = new Map<string, Timer>()
  #known: Known
  #foundZero: number | undefined
  #epoch = 0
  #jumps = 0
  /** The machine's zero when it was last looked at. */
  #machineZero: number
  #service: ServiceState
  #asked: Asked | undefined
  /** The doubt that the log has. */
  #complained: string | undefined
  #range: ZeroRange | undefined
  #answers = 0
  #tries = 0
  /** Monotonic time from which the machine's clock has not been set. */
  #steadySince: number

  constructor(options: ClockOptions) {
    this.#o = options
    this.#steadySince = options.machine.monotonic()
    this.#machineZero = this.#zeroNow()
    this.#service = options.service === undefined ? 'absent' : 'searching'
    const isBelieved = this.#isAlone() && options.machine.now() >= earliestMs
    this.#known = { zero: this.#machineZero, ...(isBelieved ? { source: 'machine' } : {}) }
    this.#stamp = new StampClock(options.machine, this.#machineZero)
  }

  get clock(): Clock {
    return this.#stamp
  }

  stamping(): Stamping {
    const { zero, source } = this.#known
    const foundZero = this.#foundZero
    return { zero, certain: source !== undefined, epoch: this.#epoch, ...(foundZero !== undefined && { foundZero }) }
  }

  status(): ClockStatus {
    const { source, zero } = this.#known
    const base = { correctionMs: Math.round(zero - this.#zeroNow()), jumps: this.#jumps }
    if (source !== undefined) return { state: 'synchronised', source, ...base }
    const { problem, isWrong, needsPerson } = this.#doubt()
    return { state: isWrong ? 'wrong' : 'doubtful', ...base, problem, ...(needsPerson && { needsPerson }) }
  }

  heard(answer: TimedAnswer): void {
    this.#answers++
    this.#range = narrowed(this.#range, zeroRange(answer))
    const isLast = this.#answers >= enoughAnswers
    this.#take({ kind: 'receiver', range: this.#range, isLast })
    // A quartz drifts: what was heard long ago must not bind what is heard next.
    if (this.#known.source !== undefined) {
      this.#range = undefined
      this.#answers = 0
    }
  }

  rightTime(): number | undefined {
    const isFarOff = Math.abs(this.#known.zero - this.#zeroNow()) > farOffMs
    return this.#known.source !== undefined && isFarOff ? this.#stamp.now() : undefined
  }

  corrected(t: number): number {
    return this.#stamp.corrected(t)
  }

  onChange(listener: (change: ClockChange) => void): void {
    this.#listeners.add(listener)
  }

  start(): void {
    this.#again('check', checkMs, () => this.#check())
    if (this.#o.service) void this.#askService()
    if (this.#o.askTime && this.#known.source === undefined) void this.#askReceiver()
  }

  [Symbol.dispose](): void {
    for (const timer of this.#timers.values()) timer.cancel()
    this.#timers.clear()
    this.#listeners.clear()
    this.#isOver = true
  }

  #isOver = false

  #again(what: string, delayMs: number, run: () => void): void {
    this.#timers.get(what)?.cancel()
    if (!this.#isOver) this.#timers.set(what, this.#o.machine.after(delayMs, run))
  }

  #zeroNow(): number {
    return Math.round(this.#o.machine.now() - this.#o.machine.monotonic()) || 1
  }

  /** Nobody is there to vouch for the machine's clock, or whoever could has had the time to. */
  #isAlone(): boolean {
    if (this.#o.askTime) return false
    return this.#service === 'absent' || this.#o.machine.monotonic() - this.#steadySince > patienceMs
  }

  #check(): void {
    this.#again('check', checkMs, () => this.#check())
    const zero = this.#zeroNow()
    const jumpMs = zero - this.#machineZero
    this.#machineZero = zero
    if (Math.abs(jumpMs) >= noiseMs) this.#jumped(jumpMs)
    this.#askMachine()
    this.#complain()
  }

  #askMachine(): void {
    if (this.#known.source === 'service' || this.#known.source === 'receiver') return
    const isPlausible = this.#o.machine.now() >= earliestMs
    this.#take({ kind: 'machine', zero: this.#zeroNow(), isAlone: this.#isAlone(), isPlausible })
  }

  /** Somebody set the machine's clock: a time service, or a person who may be wrong. Until that is known time goes on. */
  #jumped(jumpMs: number): void {
    this.#jumps++
    this.#steadySince = this.#o.machine.monotonic()
    this.#o.log.warn({ seconds: jumpMs / 1000 }, "the machine's clock was set")
    if (this.#known.source === 'service') this.#known = { ...this.#known, source: 'machine' }
    if (this.#o.service) void this.#askService()
    if (this.#o.askTime) void this.#askReceiver()
  }

  async #askService(): Promise<void> {
    const state = (await this.#o.service?.ask()) ?? 'absent'
    if (this.#isOver) return
    this.#service = state
    const zero = this.#zeroNow()
    const isCertain = this.#known.source === 'service'
    // Set a moment ago, and not looked at yet: the answer may be of before.
    if (state === 'synchronised' && Math.abs(zero - this.#machineZero) < noiseMs) this.#take({ kind: 'service', zero })
    // It was right once, and time goes on from there; a receiver may know better by now.
    else if (isCertain) this.#known = { ...this.#known, source: 'machine' }
    this.#askMachine()
    const elapsedMs = this.#o.machine.monotonic() - this.#steadySince
    this.#again('service', serviceAgainMs(state, isCertain, elapsedMs), () => void this.#askService())
  }

  async #askReceiver(): Promise<void> {
    const { askTime, isPinned, random } = this.#o
    if (!askTime) return
    const full = await askTime('full')
    const mayAskPin = isPinned === true && this.#service !== 'synchronised'
    const failsByTime = full.kind === 'not_yet_valid' || full.kind === 'expired'
    const pinned = failsByTime && mayAskPin ? await askTime('pinned') : undefined
    if (this.#isOver) return
    // Only this one error is let pass, and only where a pin says whom to believe (protocol.md, C2).
    const answer = full.kind === 'not_yet_valid' && pinned ? pinned : full
    this.#tries = answer.kind === 'date' ? 0 : this.#tries + 1
    this.#asked = { full, pinned }
    if (answer.kind === 'date') this.heard(answer)
    const isCertain = this.#known.source !== undefined
    this.#again('receiver', receiverAgainMs(this.#tries, isCertain, random), () => void this.#askReceiver())
  }

  #doubt() {
    return doubt(this.#o.machine.now(), this.#service, this.#asked)
  }

  /** Says why nothing is sent, once for each reason. */
  #complain(): void {
    const { full, pinned } = this.#asked ?? {}
    const reason = `${this.#service} ${full?.kind} ${pinned?.kind}`
    if (this.#known.source !== undefined || reason === this.#complained) return
    this.#complained = reason
    const { problem, isWrong, needsPerson } = this.#doubt()
    this.#o.log[isWrong || needsPerson ? 'warn' : 'info'](
      { problem },
      'the clock is doubtful: what is read waits until it is known',
    )
  }

  #take(evidence: Evidence): void {
    const before = this.#known
    const after = judgeClock(before, evidence)
    if (after === before) return
    this.#known = after
    const shiftMs = Math.round(after.zero - before.zero)
    const back = goesBack(before, after)
    if (back) this.#epoch++
    this.#stamp.setZero(after.zero, back || before.source === undefined)
    const { source } = after
    const wasDoubtful = before.source === undefined
    if (wasDoubtful && source !== undefined) this.#foundZero = after.zero
    if (wasDoubtful || shiftMs !== 0) this.#o.log.info({ source, seconds: shiftMs / 1000 }, saidChange(source))
    for (const listener of this.#listeners) listener({ shiftMs, source, wasDoubtful, endsStreams: back })
  }
}

function saidChange(source: Known['source']): string {
  return source === undefined ? 'the clock was set, and is doubtful still' : 'the clock is known'
}
