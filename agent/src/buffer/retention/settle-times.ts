import { clockOf } from '../store/run-clocks.ts'
import { restamp } from '../sending/restamp-rows.ts'
import type { Store } from '../store/store.ts'
import type { Draft } from '../store/transaction.ts'
import type { Group } from './group.ts'
import type { Cursor } from '../store/retention.ts'

/**
 * Whether the times of a group may go into a new batch: those of an earlier run whose clock is decided have to be settled
 * first, once (protocol.md, C1), because the new batch belongs to this one. Where they weren't they are now, and it is looked
 * at again.
 */
export function areTimesSettled(store: Store, draft: Draft, group: Group, cursor: Cursor): boolean {
  const stream = store.streams.get(group.id)
  const isOwn = stream?.boot === store.boot && stream.run === store.run
  if (group.clock === 0 || isOwn || (stream && clockOf(store.clocks, stream)?.state === 'open')) return true
  for (const row of group.rows) restamp(store, draft, row)
  cursor.set(group.id, (group.batches[0]?.seq ?? 1) - 1)
  return false
}
