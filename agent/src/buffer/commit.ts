import type { IntervalSet } from '@lineside/contract'
import type { BufferNotice, StreamKind } from './api.ts'
import { addCounts } from './counts.ts'
import type { Counts } from './counts.ts'
import { bytesToFree, evictionOrder } from './evict.ts'
import { standsFor, writeGap } from './gap.ts'
import type { PointId } from './point-ids.ts'
import type { Store } from './store.ts'
import { commitMark, keyOf } from './streams.ts'
import { write } from './transaction.ts'
import type { Draft, Moment, NewBatch, Removed } from './transaction.ts'

/** Entries that were let go in memory before they had a name. */
export interface Dropped {
  readonly kind: StreamKind
  readonly entries: number
  readonly readings: number
  readonly counts: Uint8Array
}

export interface CommitRequest {
  /** Ascending over the life of the database, so that a commit in doubt is not done twice. */
  readonly number?: number
  readonly batches: readonly NewBatch[]
  readonly points: readonly PointId[]
  /** Key → text, or null to remove it. */
  readonly state: readonly (readonly [key: string, value: string | null])[]
  readonly dropped: readonly Dropped[]
}

export interface CommitResult {
  readonly bytes: number
  readonly evicted: { readonly batches: number; readonly readings: number }
}

/** A row takes more than its member; and a transaction may need a page of each table. */
const rowBytes = 64
const slackBytes = 16 * 4096

/** Puts everything on the disk in one transaction, making room first where the buffer is full. */
export function commit(
  store: Store,
  moment: Moment,
  request: CommitRequest,
  inFlight: (id: number) => IntervalSet,
): { readonly result: CommitResult; readonly notices: readonly BufferNotice[] } {
  const notices: BufferNotice[] = []
  const result = write(store, moment, draft => {
    draft.definePoints(request.points)
    const evicted = makeRoom(store, draft, incomingBytes(request), inFlight)
    if (evicted.batches > 0) notices.push({ kind: 'evicted', ...evicted })
    reportDropped(draft, request.dropped)
    const before = totalBytes(draft)
    for (const batch of request.batches) draft.insert(batch)
    for (const [key, value] of request.state) store.setState(key, value)
    if (request.number !== undefined) draft.mark(commitMark, request.number, '')
    return { bytes: totalBytes(draft) - before, evicted }
  })
  return { result, notices }
}

/** Compressed lines are never a half of their text; what can't be compressed is covered by the slack of the limit. */
function incomingBytes({ batches, state }: CommitRequest): number {
  const text = batches.reduce((sum, batch) => sum + batch.text.length, 0)
  const kept = state.reduce((sum, [key, value]) => sum + key.length + (value?.length ?? 0), 0)
  return slackBytes + text / 2 + kept + batches.length * rowBytes
}

function makeRoom(store: Store, draft: Draft, incoming: number, inFlight: (id: number) => IntervalSet) {
  const { limitBytes } = store
  let toFree = bytesToFree({ usedBytes: store.usedBytes(), incomingBytes: incoming, limitBytes })
  if (toFree === 0) return { batches: 0, readings: 0 }
  const gone: { id: number; set: IntervalSet; removed: Removed }[] = []
  for (const range of evictionOrder(draft.streams(), inFlight)) {
    if (toFree <= 0) break
    let last = range.from - 1
    for (const { last: end, bytes } of store.sql.sizes.iterate(
      keyOf(range.id, range.from),
      keyOf(range.id, range.to),
    )) {
      if (toFree <= 0) break
      toFree -= bytes + rowBytes
      last = end
    }
    if (last < range.from) continue
    gone.push({ id: range.id, set: [[range.from, last]], removed: draft.remove(range.id, range.from, last) })
  }
  const { names, counts, batches, readings } = standsFor(gone)
  if (batches > 0) writeGap(draft, 'evicted', names, counts)
  return { batches, readings }
}

/** What was dropped in memory gets a seq that is given out and never stored, so that a gap can name it. */
function reportDropped(draft: Draft, dropped: readonly Dropped[]): void {
  for (const { kind, counts } of dropped) {
    const total: Counts = new Map()
    addCounts(total, counts)
    const { id, seq } = draft.skip(kind)
    writeGap(draft, 'evicted', new Map([[id, [[seq, seq]]]]), total)
  }
}

function totalBytes(draft: Draft): number {
  return draft.streams().reduce((sum, row) => sum + row.bytes, 0)
}
