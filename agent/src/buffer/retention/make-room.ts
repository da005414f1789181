import type { IntervalSet } from '@lineside/contract'
import type { DiskRoom, EvictedWhy } from '../api.ts'
import { standsFor, writeGap } from '../store/gap.ts'
import type { Store } from '../store/store.ts'
import { keyOf } from '../store/streams.ts'
import type { Draft, Removed } from '../store/transaction.ts'
import { agedRanges } from './age.ts'
import { bytesToFree, evictionOrder } from './evict.ts'
import { margin } from './group.ts'
import { shedGroup } from './shed.ts'
import { thinGroup } from './thin.ts'

/** What is about to be written. */
export interface Incoming {
  /** An upper bound. */
  readonly bytes: number
  readonly hasAlarms: boolean
  /** What the disk leaves, where that counts. */
  readonly disk: DiskRoom | undefined
}

/** Batches and readings that were let go. */
export interface Evicted {
  readonly batches: number
  readonly readings: number
  readonly why: EvictedWhy
}

/** A row takes more than its member. */
export const rowBytes = 64
/** Groups that one commit thins: each takes some 30 ms, on a small machine 200. */
const mostGroups = 8

/**
 * Lets go what is too old, and makes room for what comes in, in this order: fast analog values are thinned, then let go
 * but for counters, oldest first; then counters go; alarms go only for alarms.
 */
export function makeRoom(
  store: Store,
  draft: Draft,
  incoming: Incoming,
  inFlight: (id: number) => IntervalSet,
): Evicted {
  const old = remove(draft, draft.isTimeCertain ? agedRanges(store, draft.now) : [])
  const aged = { ...old, why: 'age' } as const
  const limitBytes = incoming.disk?.roomBytes ?? store.limitBytes
  const missing = () => bytesToFree({ usedBytes: store.usedBytes(), incomingBytes: incoming.bytes, limitBytes })
  if (missing() === 0) return aged
  for (let n = 0; n < mostGroups && missing() > 0; n++) {
    if (thinGroup(store, draft, inFlight) === undefined) break
  }
  if (missing() === 0) return aged
  // More than is missing goes at once, so that there are few gaps.
  const goal = store.usedBytes() - missing()
  let { batches, readings } = aged
  const shed = (newest: number, isEnough: () => boolean) => {
    while (!isEnough()) {
      const gone = shedGroup(store, draft, inFlight, newest)
      if (!gone) return
      batches += gone.batches
      readings += gone.readings
    }
  }
  shed(margin, () => store.usedBytes() <= goal)
  // No counter goes for the newest readings either.
  shed(0, () => missing() === 0)
  const last = remove(draft, evictionRanges(store, draft, missing(), incoming.hasAlarms, inFlight))
  const why = limitBytes < store.limitBytes ? 'disk' : 'full'
  return { batches: batches + last.batches, readings: readings + last.readings, why }
}

interface Range {
  readonly id: number
  readonly from: number
  readonly to: number
}

/** What must go as a whole for so many bytes. */
function evictionRanges(
  store: Store,
  draft: Draft,
  bytes: number,
  hasAlarms: boolean,
  inFlight: (id: number) => IntervalSet,
): readonly Range[] {
  let toFree = bytes
  const ranges: Range[] = []
  const streams = draft.streams().filter(({ kind }) => hasAlarms || kind === 'data')
  for (const range of evictionOrder(streams, inFlight)) {
    if (toFree <= 0) break
    let last = range.from - 1
    for (const row of store.sql.sizes.iterate(keyOf(range.id, range.from), keyOf(range.id, range.to))) {
      if (toFree <= 0) break
      toFree -= row.bytes + rowBytes
      last = Math.min(row.last, range.to)
    }
    if (last >= range.from) ranges.push({ id: range.id, from: range.from, to: last })
  }
  return ranges
}

function remove(draft: Draft, ranges: readonly Range[]): Omit<Evicted, 'why'> {
  const gone: { id: number; set: IntervalSet; removed: Removed }[] = ranges.map(({ id, from, to }) => ({
    id,
    set: [[from, to]],
    removed: draft.remove(id, from, to),
  }))
  const { names, counts, batches, readings } = standsFor(gone)
  if (batches > 0) writeGap(draft, 'evicted', names, counts)
  return { batches, readings }
}
