import type { Quality, Sample, Value } from '@lineside/contract'
import type { Decoded } from '@lineside/device-profiles'
import type { LinkContext, Settle } from '../intake.ts'
import { clocksDiffer, judgeTime, oldAfter, sampleAt, type TimeVerdict, type Way } from './message-time.ts'
import { type DeviceCounters, type DeviceStatus, zeroDeviceCounters } from './status.ts'

type Readings = Pick<Decoded, 't' | 'values' | 'quality'>

/** The log hears of damaged and of old messages of one device this often at most, ms. */
const quietMs = 60_000

const taking = { now: 'sample', kept: 'kept', past: 'past' } as const

export interface TalkerOptions {
  readonly name: string
  /** Points that are wanted. */
  readonly points: ReadonlySet<string>
  /** Offline after this much monotonic time without a sound message; infinite: only the device itself says so. */
  readonly silentAfterMs: number
  readonly context: LinkContext
}

/** A device that speaks by itself: makes samples of what it says, and knows whether it is there. */
export class Talker {
  readonly name: string
  readonly counters: DeviceCounters = zeroDeviceCounters()
  readonly #options: TalkerOptions
  #state: DeviceStatus['state'] = 'starting'
  /** Monotonic time of the last sound message, or of the start. */
  #heardMs: number
  /** Of the last change: monotonic, and UTC ms. */
  #changedMs: number
  #since: number
  #lastValue: number | undefined
  #lastError: string | undefined
  /** Why it is offline, while it is. */
  #goneFor: string | undefined
  /** Messages since the last one of now that were too old to be of now. */
  #old = 0
  /** Point → the latest of its own times that counted as now, UTC ms. */
  readonly #newest = new Map<string, number>()
  readonly #oldAfterMs: number
  /** Damaged messages since the last sound one. */
  #damaged = 0
  /** Monotonic time before which the log hears of no other one. */
  #quietUntilMs = Number.NEGATIVE_INFINITY

  constructor(options: TalkerOptions) {
    this.name = options.name
    this.#options = options
    this.#oldAfterMs = oldAfter(options.silentAfterMs)
    this.#heardMs = options.context.clock.monotonic()
    this.#changedMs = this.#heardMs
    this.#since = options.context.clock.now()
  }

  get silentAfterMs(): number {
    return this.#options.silentAfterMs
  }

  /** Monotonic time at which it counts as silent. */
  get silentAtMs(): number {
    return this.#heardMs + this.#options.silentAfterMs
  }

  /** What was wrong with all messages since the last sound one of now, as `; 7 damaged, the last: …`; else empty. */
  get damage(): string {
    const last = this.#lastError ?? ''
    if (this.#damaged > 0) return `; ${this.#damaged} damaged, the last: ${last}`
    return this.#old > 0 ? `; ${last}` : ''
  }

  /**
   * A sound message. `settle` is called once the sample is stored, at once where there is nothing to store. One that
   * a broker kept, or that is too old, is no sign of life, but for what the device says there of itself; one of which
   * the protocol says that it is from the past is.
   */
  heard(message: Decoded, way: Way, settle?: Settle): void {
    const { clock, intake } = this.#options.context
    const now = clock.now()
    const verdict = this.#judge(message, way, now)
    this.counters.polls++
    if (this.#damaged > 0) this.#readable(now)
    this.#damaged = 0
    const isAlive = way !== 'retained' && !verdict.isOld
    if (isAlive) this.#alive(way === 'relayed' && verdict.isOwn ? now - (message.t ?? now) : 0)
    else if (way !== 'retained') this.#tooOld(message.t ?? now)
    if (message.available === false) this.gone('the device says that it is offline')
    else if (message.available === true || isAlive) this.#online()
    for (const older of message.stamped ?? []) {
      const sample = this.#sample(older, this.#judge(older, 'current', now), now)
      if (!sample) continue
      this.#remember(sample)
      intake.sample(sample)
    }
    const sample = this.#sample(message, verdict, now)
    if (!sample) return settle?.()
    if (verdict.of === 'now') this.#remember(sample)
    intake[taking[verdict.of]](sample, settle)
  }

  /** A message that could not be taken for one of this device. */
  damaged(text: string): void {
    const { clock, log } = this.#options.context
    this.counters.failed++
    if (this.#damaged === 0) this.#readable(clock.now())
    this.#damaged++
    this.#lastError = text
    if (!this.#mayTell(clock.monotonic())) return
    log.warn({ device: this.name, reason: text, failed: this.counters.failed }, 'message can not be read')
  }

  /** Its messages can be read again, or no more. */
  #readable(now: number): void {
    if (this.#state === 'online') this.#since = now
  }

  /** A message that was made too long ago to be of now. */
  #tooOld(t: number): void {
    const { clock, log } = this.#options.context
    this.#old++
    const when = new Date(t).toISOString()
    this.#lastError = `its newest message is of ${when}: too old to be of now, or a clock is wrong`
    if (this.#mayTell(clock.monotonic()))
      log.warn({ device: this.name, t: when, old: this.#old }, 'old message stored, not taken for the state of now')
  }

  #mayTell(nowMs: number): boolean {
    if (nowMs < this.#quietUntilMs) return false
    this.#quietUntilMs = nowMs + quietMs
    return true
  }

  /** A sign of life of `ageMs` ago; a difference of clocks is none. */
  #alive(ageMs: number): void {
    const atMs = this.#options.context.clock.monotonic() - (ageMs > clocksDiffer ? ageMs : 0)
    this.#heardMs = Math.max(this.#heardMs, atMs)
    this.#old = 0
  }

  /** The device is not there any more: all its points turn bad, once. */
  gone(reason: string): void {
    if (this.#state === 'offline') return
    const { clock, intake, log } = this.#options.context
    const quality: Record<string, Quality> = {}
    for (const point of this.#options.points) quality[point] = 'bad:communication'
    this.counters.badReadings += this.#options.points.size
    intake.sample({ k: 'sample', device: this.name, t: clock.now(), values: {}, quality })
    this.#change('offline', reason)
    this.#goneFor = reason
    // What comes from now on is told beside it.
    this.#damaged = 0
    this.#old = 0
    log.warn({ device: this.name, reason }, 'lost device')
  }

  status(): DeviceStatus {
    const lastError = this.#state === 'offline' ? this.#goneFor : this.#lastError
    const flaw = this.#flaw
    return {
      name: this.name,
      state: this.#state,
      since: this.#since,
      ...(this.#lastValue !== undefined && { lastValue: this.#lastValue }),
      ...(lastError !== undefined && { lastError }),
      ...(flaw !== undefined && { flaw }),
      counters: { ...this.counters },
    }
  }

  get #flaw(): string | undefined {
    // What is sent again once, as after a restart of whoever relays, says nothing against one that is there.
    if (this.#damaged === 0) return this.#old > (this.#state === 'online' ? 1 : 0) ? this.#lastError : undefined
    const what = this.#damaged === 1 ? 'its newest message' : `its ${this.#damaged} newest messages`
    return `${what} can not be read: ${this.#lastError ?? ''}`
  }

  #online(): void {
    if (this.#state === 'online') return
    const { clock, log } = this.#options.context
    const awaySeconds = Math.round((clock.monotonic() - this.#changedMs) / 1000)
    const reason = this.#state === 'offline' ? `back after ${awaySeconds} s` : undefined
    this.#change('online', reason)
    if (reason) log.info({ device: this.name }, `device ${reason}`)
  }

  #change(state: 'online' | 'offline', reason: string | undefined): void {
    const { clock, intake } = this.#options.context
    this.#state = state
    this.#since = clock.now()
    this.#changedMs = clock.monotonic()
    intake.state({ scope: 'device', name: this.name, state, ...(reason !== undefined && { reason }) })
  }

  #judge({ t, values, quality }: Readings, way: Way, now: number): TimeVerdict {
    let newest: number | undefined
    const look = (point: string) => {
      const before = this.#newest.get(point)
      if (before !== undefined) newest = Math.max(before, newest ?? before)
    }
    if (t !== undefined && this.#newest.size > 0) {
      for (const point in values) look(point)
      for (const point in quality) look(point)
    }
    return judgeTime({ way, t, newest, now, oldAfterMs: this.#oldAfterMs })
  }

  #remember({ t, clock, values, quality }: Sample): void {
    if (clock === 'device') {
      for (const point in values) this.#newest.set(point, t)
      for (const point in quality) this.#newest.set(point, t)
    }
    if (!isEmpty(values)) this.#lastValue = Math.max(t, this.#lastValue ?? t)
  }

  #sample({ t, ...readings }: Readings, verdict: TimeVerdict, now: number): Sample | undefined {
    const values = wanted<Value>(readings.values, this.#options.points)
    const quality = readings.quality && wanted<Quality>(readings.quality, this.#options.points)
    const isGood = !quality || isEmpty(quality)
    if (isGood && isEmpty(values)) return undefined
    for (const name in quality) if (quality[name]?.startsWith('bad')) this.counters.badReadings++
    return sampleAt(this.name, isGood ? { t, values } : { t, values, quality }, verdict, now)
  }
}

/** The record itself where all of it is wanted, which is the usual case. */
function wanted<T>(record: Readonly<Record<string, T>>, points: ReadonlySet<string>): Readonly<Record<string, T>> {
  let all = true
  for (const name in record) if (!points.has(name)) all = false
  return all ? record : Object.fromEntries(Object.entries(record).filter(([name]) => points.has(name)))
}

function isEmpty(record: object): boolean {
  for (const _ in record) return false
  return true
}
