import type { StreamSeqs } from '@lineside/contract'
import type { Counts } from '../batch/counts.ts'
import { encodeCounts } from '../batch/counts.ts'
import { standsFor } from '../store/gap.ts'
import { textOf } from '../batch/line-block.ts'
import type { StoredBatch } from '../batch/stored-text.ts'
import { maxBatchText } from '../batch/new-batch.ts'
import type { Draft } from '../store/transaction.ts'
import type { Group } from './group.ts'

/** What takes the place of some batches, but for what is only known once they are out. */
export interface Replacement {
  readonly batches: readonly StoredBatch[]
  /** Characters, without names and counts. */
  readonly textLength: number
  readonly lines: (names: readonly StreamSeqs[], counts: Counts) => readonly string[]
}

/** Names and counts of a gap or summary have to fit as well. */
const roomForNames = 64 * 1024

/**
 * Replacements for all batches of a group, as few as the size of a batch allows: what stands for a batch must not be
 * spread over several, or the first that arrives would make the receiver refuse the others.
 */
export function planReplacements<T extends Replacement>(
  batches: readonly StoredBatch[],
  make: (batches: readonly StoredBatch[]) => T | undefined,
): readonly T[] {
  const whole = make(batches)
  if (!whole || whole.textLength <= maxBatchText - roomForNames) return whole ? [whole] : []
  if (batches.length === 1) return []
  const half = Math.ceil(batches.length / 2)
  return [...planReplacements(batches.slice(0, half), make), ...planReplacements(batches.slice(half), make)]
}

/**
 * Puts a new batch in the place of those of a replacement, within a transaction (protocol.md, G1, G2). It counts as old
 * as they are.
 */
export function replace(draft: Draft, { id, t, clock }: Group, { batches, lines }: Replacement): void {
  const from = batches[0]?.seq ?? 0
  const to = batches.at(-1)?.seq ?? 0
  const removed = draft.remove(id, from, to)
  const { names, counts } = standsFor([{ id, set: [[from, to]], removed }])
  const seqs = [...names].flatMap(([named, set]) => {
    const stream = draft.stream(named)?.stream
    return stream === undefined ? [] : [{ stream, seqs: set }]
  })
  // Without readings of its own: a salvage looks for names only there.
  const written = lines(seqs, counts)
  const own = { readings: 0, counts: encodeCounts(counts), names, t, clock }
  draft.insert({ kind: 'data', text: textOf(written), entries: written.length, ...own })
}
