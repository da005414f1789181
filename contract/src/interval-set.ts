import type { Interval } from './entry.ts'

/**
 * Sequence numbers as ascending, disjoint, non-adjacent inclusive intervals: immutable, and its own JSON.
 * Numbers are integers from 1 to 2^53 − 1. Cost follows the number of intervals, never the numbers between.
 */
export type IntervalSet = readonly Interval[]

export const emptySet: IntervalSet = []

/** Adds `from`…`to`, inclusive; a range that is empty or below 1 throws a RangeError. */
export function addRange(set: IntervalSet, from: number, to: number): IntervalSet {
  if (!isInterval(from, to)) throw new RangeError(`not an interval: [${from}, ${to}]`)
  const last = set.at(-1)
  if (!last || from > last[1] + 1) return [...set, [from, to]]
  const start = firstEndingAt(set, from - 1)
  let end = start
  let low = from
  let high = to
  for (let next = set[end]; next && next[0] <= to + 1; next = set[++end]) {
    low = Math.min(low, next[0])
    high = Math.max(high, next[1])
  }
  const only = end === start + 1 ? set[start] : undefined
  if (only && only[0] === low && only[1] === high) return set
  return [...set.slice(0, start), [low, high], ...set.slice(end)]
}

/** Adds one number. */
export function addSeq(set: IntervalSet, seq: number): IntervalSet {
  return addRange(set, seq, seq)
}

export function hasSeq(set: IntervalSet, seq: number): boolean {
  return covers(set, seq, seq)
}

/** Whether every number from `from` to `to` is in the set; an empty range always is. */
export function covers(set: IntervalSet, from: number, to: number): boolean {
  if (from > to) return true
  const interval = set[firstEndingAt(set, from)]
  return interval !== undefined && interval[0] <= from && interval[1] >= to
}

/** Whether at least one number of `from`…`to` is in the set. */
export function overlaps(set: IntervalSet, from: number, to: number): boolean {
  const interval = set[firstEndingAt(set, from)]
  return from <= to && interval !== undefined && interval[0] <= to
}

export function unionSets(a: IntervalSet, b: IntervalSet): IntervalSet {
  if (a.length === 0) return b
  if (b.length === 0) return a
  return merged([...a, ...b].toSorted((x, y) => x[0] - y[0]))
}

/** What is in `a` and not in `b`. */
export function subtractSets(a: IntervalSet, b: IntervalSet): IntervalSet {
  if (a.length === 0 || b.length === 0) return a
  const left: Interval[] = []
  let index = 0
  for (const [from, to] of a) {
    let start = from
    for (let cut = b[index]; cut && cut[1] < start; cut = b[index]) index++
    for (let i = index, cut = b[i]; cut && cut[0] <= to; cut = b[++i]) {
      if (cut[0] > start) left.push([start, cut[0] - 1])
      start = cut[1] + 1
    }
    if (start <= to) left.push([start, to])
  }
  return left
}

/** How many numbers are in the set. */
export function countSeqs(set: IntervalSet): number {
  return set.reduce((sum, [from, to]) => sum + to - from + 1, 0)
}

/** The numbers of `from`…`to` that are not in the set. */
export function missing(set: IntervalSet, from: number, to: number): IntervalSet {
  return from > to ? emptySet : subtractSets([[from, to]], set)
}

/** Intervals in any order, overlapping or adjacent, as a set; undefined where one is not an interval. */
export function intervalSetOf(intervals: Iterable<unknown>): IntervalSet | undefined {
  const list: Interval[] = []
  for (const item of intervals) {
    const interval = parseInterval(item)
    if (!interval) return undefined
    list.push(interval)
  }
  return merged(list.toSorted((x, y) => x[0] - y[0]))
}

/** A set from untrusted JSON: an array of intervals, strictly ascending and disjoint; undefined where it is not. */
export function parseIntervalSet(value: unknown): IntervalSet | undefined {
  if (!Array.isArray(value)) return undefined
  let before = 0
  for (const item of value) {
    const interval = parseInterval(item)
    if (!interval || interval[0] <= before) return undefined
    before = interval[1]
  }
  return intervalSetOf(value)
}

function parseInterval(value: unknown): Interval | undefined {
  if (!Array.isArray(value) || value.length !== 2) return undefined
  const [from, to]: unknown[] = value
  return isInterval(from, to) ? [Number(from), Number(to)] : undefined
}

function isInterval(from: unknown, to: unknown): boolean {
  return Number.isSafeInteger(from) && Number.isSafeInteger(to) && Number(from) >= 1 && Number(from) <= Number(to)
}

function merged(ascending: readonly Interval[]): IntervalSet {
  const result: Interval[] = []
  for (const [from, to] of ascending) {
    const last = result.at(-1)
    if (last && from <= last[1] + 1) result[result.length - 1] = [last[0], Math.max(last[1], to)]
    else result.push([from, to])
  }
  return result
}

/** Index of the first interval that ends at `seq` or later. */
function firstEndingAt(set: IntervalSet, seq: number): number {
  let low = 0
  let high = set.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((set[middle]?.[1] ?? 0) < seq) low = middle + 1
    else high = middle
  }
  return low
}
