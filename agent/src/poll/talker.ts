import type { Quality, Sample, Value } from '@lineside/contract'
import type { Decoded } from '@lineside/device-profiles'
import type { LinkContext, Settle } from '../intake.ts'
import { ownClock } from './outcome.ts'
import { type DeviceCounters, type DeviceStatus, zeroDeviceCounters } from './status.ts'

type Readings = Pick<Decoded, 't' | 'values' | 'quality'>

/** The log hears of damaged messages of one device this often at most, ms. */
const quietMs = 60_000

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
  /** Damaged messages since the last sound one. */
  #damaged = 0
  /** Monotonic time before which the log hears of no other one. */
  #quietUntilMs = Number.NEGATIVE_INFINITY

  constructor(options: TalkerOptions) {
    this.name = options.name
    this.#options = options
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

  /** `; 7 damaged, the last: …`, where messages came since the last sound one and all were damaged; else empty. */
  get damage(): string {
    return this.#damaged === 0 ? '' : `; ${this.#damaged} damaged, the last: ${this.#lastError ?? ''}`
  }

  /**
   * A sound message. `settle` is called once the sample is stored, at once where there is nothing to store. One that
   * a broker kept is no sign of life, but for what the device says there of itself; one from the past is.
   */
  heard(message: Decoded, settle?: Settle, when: 'now' | 'past' | 'retained' = 'now'): void {
    const retained = when === 'retained'
    const { clock, intake } = this.#options.context
    this.counters.polls++
    if (!retained) this.#heardMs = clock.monotonic()
    this.#damaged = 0
    if (message.available === false) this.gone('the device says that it is offline')
    else if (message.available === true || !retained) this.#online()
    for (const older of message.stamped ?? []) {
      const sample = this.#sample(older, when === 'now')
      if (sample) intake.sample(sample)
    }
    const sample = this.#sample(message, when === 'now')
    if (!sample) return settle?.()
    if (when === 'past') intake.past(sample, settle)
    else if (settle) intake.sample(sample, settle)
    else intake.sample(sample)
  }

  /** A message that could not be taken for one of this device. */
  damaged(text: string): void {
    const { clock, log } = this.#options.context
    this.counters.failed++
    this.#damaged++
    this.#lastError = text
    const nowMs = clock.monotonic()
    if (nowMs < this.#quietUntilMs) return
    this.#quietUntilMs = nowMs + quietMs
    log.warn({ device: this.name, reason: text, failed: this.counters.failed }, 'message can not be read')
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
    this.#lastError = reason
    log.warn({ device: this.name, reason }, 'lost device')
  }

  status(): DeviceStatus {
    return {
      name: this.name,
      state: this.#state,
      since: this.#since,
      ...(this.#lastValue !== undefined && { lastValue: this.#lastValue }),
      ...(this.#lastError !== undefined && { lastError: this.#lastError }),
      ...(this.#damaged > 0 && { flaw: this.#unreadable }),
      counters: { ...this.counters },
    }
  }

  get #unreadable(): string {
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

  #sample(message: Readings, isNew: boolean): Sample | undefined {
    const values = wanted<Value>(message.values, this.#options.points)
    const quality = message.quality && wanted<Quality>(message.quality, this.#options.points)
    const t = message.t ?? this.#options.context.clock.now()
    const base = { k: 'sample', device: this.name, t, ...(message.t === undefined ? {} : ownClock) } as const
    const hasValues = !isEmpty(values)
    if (hasValues && isNew) this.#lastValue = Math.max(t, this.#lastValue ?? t)
    if (!quality || isEmpty(quality)) return hasValues ? { ...base, values } : undefined
    for (const name in quality) if (quality[name]?.startsWith('bad')) this.counters.badReadings++
    return { ...base, values, quality }
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
