/** What can be said of the right zero of the monotonic clock: it lies in here, UTC ms. */
export interface ZeroRange {
  readonly low: number
  readonly high: number
}

/** An answer that bears the time: `dateMs` in whole seconds, and the monotonic times around it. */
export interface TimedAnswer {
  readonly dateMs: number
  readonly sentMs: number
  readonly receivedMs: number
}

/** What one answer says: its date was right at some moment between request and answer, and has no fractions. */
export function zeroRange({ dateMs, sentMs, receivedMs }: TimedAnswer): ZeroRange {
  return { low: dateMs - receivedMs, high: dateMs + 1000 - sentMs }
}

/** What two answers say together; the newer alone where they can't both be right. */
export function narrowed(before: ZeroRange | undefined, newer: ZeroRange): ZeroRange {
  if (!before) return newer
  const low = Math.max(before.low, newer.low)
  const high = Math.min(before.high, newer.high)
  return low <= high ? { low, high } : newer
}

/** By how much a time may be off that is believed for what a receiver says; with what is negligible, within a second. */
const believedWithinMs = 900

/**
 * The zero next to `zero` that can't be off by more than that; undefined where the range is too wide to say, unless
 * nothing better is to be had (`isLast`).
 */
export function nearestZero(zero: number, { low, high }: ZeroRange, isLast = false): number | undefined {
  const from = high - believedWithinMs
  const to = low + believedWithinMs
  if (from <= to) return Math.min(Math.max(zero, from), to)
  return isLast ? (low + high) / 2 : undefined
}
