import { missing, subtractSets, unionSets } from '@lineside/contract'
import type { IntervalSet } from '@lineside/contract'

/** `set` without what is not in `other`. */
export function intersectSets(set: IntervalSet, other: IntervalSet): IntervalSet {
  return subtractSets(set, subtractSets(set, other))
}

/** Whether a receipt covers a seq that this database never gave out (protocol.md, N6). */
export function coversUnminted(acked: IntervalSet, high: number): boolean {
  return (acked.at(-1)?.[1] ?? 0) > high
}

/**
 * Seqs that the receiver once had and has no more (protocol.md, S4): given out, no longer here, not in the receipt,
 * named by no gap in the buffer, and not settled since the request was sent.
 */
export function lostSeqs(stream: {
  readonly high: number
  readonly present: IntervalSet
  readonly acked: IntervalSet
  readonly named: IntervalSet
  readonly settledSince: IntervalSet
}): IntervalSet {
  const known = [stream.acked, stream.named, stream.settledSince].reduce(unionSets, stream.present)
  return missing(known, 1, stream.high)
}

/** Lowest seq that is neither acknowledged nor reported: what the envelope calls `low`. */
export function lowOf(high: number, present: IntervalSet, named: IntervalSet): number {
  return Math.min(high + 1, present[0]?.[0] ?? high + 1, named[0]?.[0] ?? high + 1)
}
