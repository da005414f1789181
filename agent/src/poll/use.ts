import type { LateUse } from './lateness.ts'

/** Shares of a line's time, 0 to 1, over the last minute and the last 15. */
export interface BusyShares {
  readonly lastMinute: number
  readonly last15Minutes: number
}

/** What a device takes of its line, and how often it is polled; the intervals are those of the last 15 minutes. */
export interface DeviceUse {
  readonly device: string
  readonly busy: BusyShares
  /** Since the start, ms. */
  readonly busyMs: number
  /** Shortest interval that is wanted, ms; absent where there is none. */
  readonly wantedMs?: number
  /** Between the begins of two polls, ms; absent while fewer than two have begun. */
  readonly medianMs?: number
  /** 95 of 100 were not longer than this, ms. */
  readonly p95Ms?: number
}

/** How busy a line is, and with whom. */
export interface LineUse extends LateUse {
  /** Polls that may be under way together; the shares of the devices add up to that of the line. */
  readonly lanes: number
  readonly busy: BusyShares
  readonly devices: readonly DeviceUse[]
}

/** The line's shares are the sums of its devices'. */
export function lineUse(lanes: number, lateness: LateUse, devices: readonly DeviceUse[]): LineUse {
  const total = (of: keyof BusyShares) =>
    Math.min(
      1,
      devices.reduce((sum, { busy }) => sum + busy[of], 0),
    )
  return {
    lanes,
    busy: { lastMinute: total('lastMinute'), last15Minutes: total('last15Minutes') },
    ...lateness,
    devices,
  }
}

const slotMs = 10_000
/** Slots of 15 minutes. */
const slots = 90
const minuteSlots = 6

/**
 * How long an interval was in parts of the wanted one: upper ends of the classes, and what is said of one. Classes are
 * narrow where a poll is in time or misses one, two or three turns.
 */
const classes = [
  [0.5, 0.5],
  [0.8, 0.8],
  [0.9, 0.9],
  [0.97, 0.95],
  [1.03, 1],
  [1.07, 1.05],
  [1.15, 1.1],
  [1.3, 1.2],
  [1.6, 1.5],
  [1.97, 1.8],
  [2.03, 2],
  [2.6, 2.5],
  [3.03, 3],
  [4.03, 4],
  [5.03, 5],
  [7, 7],
  [10, 10],
  [20, 20],
  [50, 50],
  [Number.POSITIVE_INFINITY, 100],
] as const
const classCount = classes.length

/** Measures one device for as long as it lives, in fixed memory: a poll costs it some additions and no object. */
export class UseMeter {
  /** Milliseconds that polls took, by slot. */
  readonly #busy = new Float32Array(slots)
  /** Intervals, by slot and class. */
  readonly #intervals = new Uint16Array(slots * classCount)
  readonly #wantedMs: number | undefined
  readonly #startMs: number
  #slot: number
  #lastBeginMs = Number.NaN
  #busyMs = 0

  /** `wantedMs`: the interval that is judged. */
  constructor(wantedMs: number | undefined, nowMs: number) {
    this.#wantedMs = wantedMs
    this.#startMs = nowMs
    this.#slot = Math.floor(nowMs / slotMs)
  }

  /** A poll of the points with the wanted interval begins. */
  began(nowMs: number): void {
    const ratio = (nowMs - this.#lastBeginMs) / (this.#wantedMs ?? 1)
    this.#lastBeginMs = nowMs
    // Not after the first one.
    if (!(ratio >= 0)) return
    this.#roll(nowMs)
    let at = 0
    while (ratio > (classes[at]?.[0] ?? Number.POSITIVE_INFINITY)) at++
    const cell = (this.#slot % slots) * classCount + at
    this.#intervals[cell] = (this.#intervals[cell] ?? 0) + 1
  }

  /** The device is away: what lies between the polls before and after is no interval. */
  interrupted(): void {
    this.#lastBeginMs = Number.NaN
  }

  /** Something that the line was taken for has ended. */
  ended(nowMs: number, tookMs: number): void {
    this.#roll(nowMs)
    this.#busyMs += tookMs
    const cell = this.#slot % slots
    this.#busy[cell] = (this.#busy[cell] ?? 0) + tookMs
  }

  read(device: string, nowMs: number, lanes: number): DeviceUse {
    this.#roll(nowMs)
    const busy = {
      lastMinute: this.#share(nowMs, minuteSlots) / lanes,
      last15Minutes: this.#share(nowMs, slots) / lanes,
    }
    const wantedMs = this.#wantedMs
    const base = { device, busy, busyMs: this.#busyMs }
    if (wantedMs === undefined) return base
    const counts = this.#counts()
    const all = counts.reduce((sum, count) => sum + count, 0)
    if (all === 0) return { ...base, wantedMs }
    const quantile = (share: number) => quantileClass(counts, all * share) * wantedMs
    return { ...base, wantedMs, medianMs: quantile(0.5), p95Ms: quantile(0.95) }
  }

  /** Empties the slots that lie between the last use and now. */
  #roll(nowMs: number): void {
    const slot = Math.floor(nowMs / slotMs)
    if (slot === this.#slot) return
    const from = Math.max(this.#slot + 1, slot - slots + 1)
    for (let each = from; each <= slot; each++) {
      const cell = each % slots
      this.#busy[cell] = 0
      this.#intervals.fill(0, cell * classCount, (cell + 1) * classCount)
    }
    this.#slot = slot
  }

  /** The slot that runs counts as far as it has come. */
  #share(nowMs: number, count: number): number {
    let busyMs = 0
    for (let each = this.#slot - count + 1; each <= this.#slot; each++) {
      if (each >= 0) busyMs += this.#busy[each % slots] ?? 0
    }
    const spanMs = nowMs - Math.max(this.#startMs, (this.#slot - count + 1) * slotMs)
    return spanMs > 0 ? Math.min(1, busyMs / spanMs) : 0
  }

  #counts(): readonly number[] {
    const counts = classes.map(() => 0)
    for (let i = 0; i < this.#intervals.length; i++) {
      counts[i % classCount] = (counts[i % classCount] ?? 0) + (this.#intervals[i] ?? 0)
    }
    return counts
  }
}

function quantileClass(counts: readonly number[], rank: number): number {
  let seen = 0
  for (const [i, count] of counts.entries()) {
    seen += count
    if (seen >= rank) return classes[i]?.[1] ?? 0
  }
  return 0
}
