import { countSeqs, subtractSets } from '@lineside/contract'
import type { IntervalSet } from '@lineside/contract'
import type { StreamKind } from '../api.ts'

/** What the order of sending needs to know of a stream. */
export interface Sendable {
  readonly id: number
  readonly kind: StreamKind
  /** Ascending with each start of the agent. */
  readonly run: number
  /** Minted by this run and still in use. */
  readonly current: boolean
  /** Seqs that wait in the database. */
  readonly present: IntervalSet
  /** Compressed size of all that waits. */
  readonly bytes: number
}

/** Consecutive seqs of one stream, to be sent in this order. */
export interface SendRange {
  readonly id: number
  readonly from: number
  readonly to: number
  /** Older than the live run. */
  readonly isBacklog?: true
}

/** Open outages within one data stream before the oldest is drained first (design.md, section 2, order). */
export const maxHoles = 64

/**
 * Where the live run of the current data stream begins: `from`, as long as what waits behind it fits half a request;
 * else at its newest batches, which leaves a hole for the backlog run to fill.
 */
export function liveFrom(stream: Sendable, from: number, requestBytes: number): number {
  const first = stream.present[0]?.[0] ?? from
  const live = above(stream.present, from)
  const waiting = countSeqs(stream.present)
  const batchBytes = waiting === 0 ? 0 : stream.bytes / waiting
  if (countSeqs(live) * batchBytes <= requestBytes / 2) return from
  if (below(stream.present, from).length + 1 >= maxHoles) return first
  const last = stream.present.at(-1)?.[1] ?? from
  return Math.max(from, last - Math.floor(requestBytes / 4 / Math.max(batchBytes, 1)))
}

/** Everything that may be sent: alarms, then the live run, then the backlog, each ascending. */
export function sendOrder(
  streams: readonly Sendable[],
  live: number,
  busy: (id: number) => IntervalSet,
): readonly SendRange[] {
  const byAge = streams.toSorted((a, b) => a.run - b.run || a.id - b.id)
  const free = (stream: Sendable) => subtractSets(stream.present, busy(stream.id))
  const alarms = byAge.filter(stream => stream.kind === 'alarms').flatMap(stream => ranges(stream.id, free(stream)))
  const data = byAge.filter(stream => stream.kind === 'data')
  const newest = data.filter(stream => stream.current).flatMap(stream => ranges(stream.id, above(free(stream), live)))
  const backlog = data.flatMap(stream => ranges(stream.id, stream.current ? below(free(stream), live) : free(stream)))
  return [...alarms, ...newest, ...backlog.map(range => ({ ...range, isBacklog: true }) as const)]
}

function ranges(id: number, set: IntervalSet): readonly SendRange[] {
  return set.map(([from, to]) => ({ id, from, to }))
}

function above(set: IntervalSet, from: number): IntervalSet {
  return set.filter(([, to]) => to >= from).map(([a, to]) => [Math.max(a, from), to] as const)
}

function below(set: IntervalSet, end: number): IntervalSet {
  return set.filter(([from]) => from < end).map(([from, to]) => [from, Math.min(to, end - 1)] as const)
}
