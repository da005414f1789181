import type { BufferNotice } from '../api.ts'
import { boundQuarantine } from '../store/bound-quarantine.ts'
import { standsFor, writeGap } from '../store/gap.ts'
import { forget } from './rejections.ts'
import type { Sender } from './sender.ts'
import type { Store } from '../store/store.ts'
import type { BatchRow } from '../store/rows.ts'
import { nameOf } from '../store/streams.ts'
import { write } from '../store/transaction.ts'
import type { Draft, Moment } from '../store/transaction.ts'

/** Of a batch that was answered with 400, alone, and with no receipt. */
export const undecodable = 'undecodable: '

/**
 * Whether the receiver may have a batch that is in quarantine: only a receipt that rejects it by name says that it has not
 * (protocol.md, R5).
 */
export function mayBeStored({ reason, message }: { readonly reason: string; readonly message: string }): boolean {
  return reason !== 'rejected' || message.startsWith(undecodable)
}

/** Moves batches out of the way, each with its gap, in one transaction. */
export function quarantine(
  sender: Sender,
  moment: Moment,
  rows: readonly BatchRow[],
  reason: 'rejected' | 'corrupt',
  message: string,
): readonly BufferNotice[] {
  const notices = write(sender.store, moment, draft =>
    rows.map(row => moveOne(sender.store, draft, row, reason, message)),
  )
  const gone = new Set(rows.map(row => row.key))
  sender.rejections = forget(sender.rejections, key => gone.has(key))
  return notices
}

/** Moves one batch within a transaction. */
export function moveOne(
  store: Store,
  draft: Draft,
  row: BatchRow,
  reason: 'rejected' | 'corrupt',
  message: string,
): BufferNotice {
  const { id, seq } = nameOf(row.key)
  const stream = draft.stream(id)?.stream ?? ''
  store.db
    .prepare(
      `INSERT INTO quarantine (stream, seq, last, t, reason, message, readings, member)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    )
    .run(stream, seq, row.last, draft.now, reason, message.slice(0, 500), row.readings, row.member)
  const removed = draft.remove(id, seq, row.last)
  const { names, counts } = standsFor([{ id, set: [[seq, row.last]], removed }])
  // What a damaged row says of itself is not to be believed.
  writeGap(draft, reason, names, reason === 'corrupt' ? undefined : counts)
  boundQuarantine(store)
  return { kind: 'quarantined', reason, stream, seq, message }
}
