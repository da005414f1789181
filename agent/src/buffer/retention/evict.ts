import { subtractSets } from '@lineside/contract'
import type { IntervalSet } from '@lineside/contract'
import type { StreamKind } from '../api.ts'
import type { SendRange } from '../sending/order.ts'

export interface Evictable {
  readonly id: number
  readonly kind: StreamKind
  readonly run: number
  readonly present: IntervalSet
}

/** Pages of the database file that are in use, and what is about to be written. */
export interface Room {
  readonly usedBytes: number
  readonly incomingBytes: number
  readonly limitBytes: number
}

/** Deleting a little more than needed keeps the gaps that report it few. */
const leastBytes = 4 * 1024 * 1024

/** How many bytes must go before what comes in fits; 0 when it does. */
export function bytesToFree({ usedBytes, incomingBytes, limitBytes }: Room): number {
  if (usedBytes + incomingBytes <= limitBytes) return 0
  return usedBytes + incomingBytes - limitBytes + Math.min(leastBytes, Math.ceil(limitBytes / 16))
}

/** What may be evicted, first to last: oldest data, then oldest alarms; what is in flight only after the rest. */
export function evictionOrder(
  streams: readonly Evictable[],
  inFlight: (id: number) => IntervalSet,
): readonly SendRange[] {
  const byAge = streams.toSorted((a, b) => rank(a) - rank(b) || a.run - b.run || a.id - b.id)
  const ranges = (sets: (stream: Evictable) => IntervalSet) =>
    byAge.flatMap(stream => sets(stream).map(([from, to]) => ({ id: stream.id, from, to })))
  const idle = ranges(stream => subtractSets(stream.present, inFlight(stream.id)))
  const busy = ranges(stream => subtractSets(stream.present, subtractSets(stream.present, inFlight(stream.id))))
  return [...idle, ...busy]
}

function rank(stream: Evictable): number {
  return stream.kind === 'data' ? 0 : 1
}
