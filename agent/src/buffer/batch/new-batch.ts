import { countSeqs, stringifyJson, unionSets } from '@lineside/contract'
import type { Entry, IntervalSet } from '@lineside/contract'
import type { StreamKind } from '../api.ts'
import { encodeCounts } from './counts.ts'
import { textOf } from './line-block.ts'

/** What goes into one batch. */
export interface NewBatch {
  readonly kind: StreamKind
  /** Its entries, UTF-8, each line closed by a line feed. */
  readonly text: Uint8Array
  readonly entries: number
  readonly readings: number
  readonly counts: Uint8Array
  /** What its gaps and summaries stand for. */
  readonly names?: Names
  /** By what its times were taken, see `BatchRow`; as at the moment of the commit where it is absent. */
  readonly clock?: number
  /** Ascends each time the clock was set back: a stream's times only ascend, so that new ones begin. */
  readonly epoch?: number
  /** UTC ms of the commit that counts for its age; that of the transaction by default. */
  readonly t?: number
}

/** Seqs by id of the stream. */
export type Names = ReadonlyMap<number, IntervalSet>

export function mergeSets(target: Map<number, IntervalSet>, more: Names): void {
  for (const [id, set] of more) target.set(id, unionSets(target.get(id) ?? [], set))
}

export function countNames(names: Names): number {
  return [...names.values()].reduce((sum, set) => sum + countSeqs(set), 0)
}

/** Largest text of one batch: even where nothing can be compressed the member stays within its limit. */
export const maxBatchText = 250 * 1024

/** A batch of one or several entries that the buffer itself has to say. */
export function ownBatch(kind: StreamKind, entries: readonly Entry[], more: Partial<NewBatch> = {}): NewBatch {
  const text = textOf(entries.map(stringifyJson))
  return { kind, text, entries: entries.length, readings: 0, counts: encodeCounts(new Map()), ...more }
}
