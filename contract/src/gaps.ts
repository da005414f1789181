import type { Entry, GapEntry, Interval, PassedOn, StreamSeqs, SummaryEntry } from './entry.ts'
import { emptySet, intervalSetOf, subtractSets } from './interval-set.ts'
import type { IntervalSet } from './interval-set.ts'

/** What is stored already, by stream; the empty set for a stream that is not known. */
export type Have = (stream: string) => IntervalSet

/** Names of several lists as one: each stream once, in the order of its first appearance, its seqs as a set. */
export function mergeNames(...lists: readonly (readonly StreamSeqs[])[]): readonly StreamSeqs[] {
  const intervals = new Map<string, Interval[]>()
  for (const list of lists) {
    for (const { stream, seqs } of list) {
      const known = intervals.get(stream)
      if (!known) intervals.set(stream, [...seqs])
      else for (const interval of seqs) known.push(interval)
    }
  }
  const sets = new Map([...intervals].map(([stream, seqs]) => [stream, intervalSetOf(seqs) ?? emptySet]))
  return fromMap(sets)
}

/** Names without those that are stored already. */
export function cutNames(names: readonly StreamSeqs[], have: Have): readonly StreamSeqs[] {
  const left = new Map<string, IntervalSet>()
  for (const { stream, seqs } of mergeNames(names)) left.set(stream, subtractSets(seqs, have(stream)))
  return fromMap(left)
}

/**
 * A gap as it enters the log (protocol.md, G3): without what has arrived; undefined where nothing is left. Counts
 * can't be told apart by batch, so those of a gap that was cut are marked as upper bounds.
 */
export function cutGap(gap: GapEntry, have: Have): GapEntry | undefined {
  const names = cutNames(gap.names, have)
  if (names.length === 0) return undefined
  if (countNames(names) === countNames(mergeNames(gap.names))) return gap
  return gap.counts ? { ...gap, names, countsAtMost: true } : { ...gap, names }
}

/**
 * A summary as it enters the log (protocol.md, G4): unchanged where nothing that it stands for has arrived, else a
 * gap `thinned` for the rest; undefined where nothing is left.
 */
export function cutSummary(summary: SummaryEntry, have: Have): SummaryEntry | GapEntry | undefined {
  const names = cutNames(summary.names, have)
  if (names.length === 0) return undefined
  if (countNames(names) === countNames(mergeNames(summary.names))) return summary
  const points = Object.entries(summary.points).map(([point, { count }]) => [point, count] as const)
  const counts = { [summary.device]: Object.fromEntries(points) }
  return { k: 'gap', t: summary.t, reason: 'thinned', names, counts, countsAtMost: true }
}

/** All that a batch answers for (protocol.md, G2): its own name, and what its gaps and summaries name. */
export function namesOf(
  entries: readonly Entry[],
  self: { readonly stream: string; readonly seq: number },
): readonly StreamSeqs[] {
  const own: StreamSeqs = { stream: self.stream, seqs: [[self.seq, self.seq]] }
  return mergeNames([own], ...entries.map(entry => (isGap(entry) || isSummary(entry) ? entry.names : [])))
}

/** Whether an entry that was checked is a gap. */
export function isGap(entry: Entry): entry is GapEntry {
  return entry.k === 'gap'
}

/** Whether an entry that was checked is a summary. */
export function isSummary(entry: Entry): entry is SummaryEntry {
  return entry.k === 'summary'
}

/** The batch that an entry was first committed in, where another one passes it on. */
export function fromBatchOf(entry: Entry): NonNullable<PassedOn['fromBatch']> | undefined {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- checked with the entry, whatever its kind
  return (entry as PassedOn).fromBatch
}

function countNames(names: readonly StreamSeqs[]): number {
  return names.reduce((sum, { seqs }) => seqs.reduce((part, [from, to]) => part + to - from + 1, sum), 0)
}

function fromMap(sets: ReadonlyMap<string, IntervalSet>): readonly StreamSeqs[] {
  return [...sets].filter(([, seqs]) => seqs.length > 0).map(([stream, seqs]) => ({ stream, seqs }))
}
