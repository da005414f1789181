import type { Entry, StreamSeqs } from './entry.ts'
import { cutGap, cutSummary, fromBatchOf, isGap, isSummary, mergeNames } from './gaps.ts'
import type { Have } from './gaps.ts'
import { addSeq, hasSeq, unionSets } from './interval-set.ts'
import type { IntervalSet } from './interval-set.ts'
import { stringifyJson } from './json.ts'

/** A batch as the log gets it: {@link DecodedBatch} fits. */
export interface Admittable {
  readonly stream: string
  readonly seq: number
  readonly entries: readonly Entry[]
  /** The JSON line of each entry. */
  readonly lines: readonly string[]
}

/** One entry as it enters the log. */
export interface AdmittedEntry {
  /** Place in its batch, from 0; entries that fell away leave holes. */
  readonly idx: number
  readonly entry: Entry
  /** The line as it came, or new where a gap was cut. */
  readonly line: string
}

export interface Admitted {
  readonly entries: readonly AdmittedEntry[]
  /** The new, whole set of every stream that changes: the batch's own and those that its gaps and summaries name. */
  readonly sets: ReadonlyMap<string, IntervalSet>
}

/**
 * Decides what one batch adds to the log and to the sets (protocol.md, S1, G3, G4, G5); undefined for a duplicate,
 * which changes nothing. Call it when the batch enters a transaction, with the sets as that transaction has them so
 * far, and let both results take effect in it.
 *
 * Several summaries of a batch may stand for the same batches, each for its own device: they are judged by what was
 * stored or taken by a gap before, not by one another. What is passed on from one of them is judged so, too (G5).
 */
export function admitBatch(batch: Admittable, have: Have): Admitted | undefined {
  const own = have(batch.stream)
  if (hasSeq(own, batch.seq)) return undefined
  const sets = new Map<string, IntervalSet>([[batch.stream, addSeq(own, batch.seq)]])
  const now: Have = stream => sets.get(stream) ?? have(stream)
  let summarised: readonly StreamSeqs[] = []
  const entries: AdmittedEntry[] = []
  for (const [idx, entry] of batch.entries.entries()) {
    const line = batch.lines[idx] ?? stringifyJson(entry)
    const from = fromBatchOf(entry)
    if (from && hasSeq(have(from.stream), from.seq)) continue
    const kept = isGap(entry)
      ? cutGap(entry, withNames(now, summarised))
      : isSummary(entry)
        ? cutSummary(entry, now)
        : entry
    if (!kept) continue
    entries.push({ idx, entry: kept, line: kept === entry ? line : stringifyJson(kept) })
    if (isGap(kept)) take(sets, now, kept.names)
    else if (isSummary(kept)) summarised = mergeNames(summarised, kept.names)
  }
  take(sets, now, summarised)
  return { entries, sets }
}

function take(sets: Map<string, IntervalSet>, now: Have, names: readonly StreamSeqs[]): void {
  for (const { stream, seqs } of mergeNames(names)) sets.set(stream, unionSets(now(stream), seqs))
}

function withNames(have: Have, names: readonly StreamSeqs[]): Have {
  if (names.length === 0) return have
  return stream => unionSets(have(stream), names.find(name => name.stream === stream)?.seqs ?? [])
}
