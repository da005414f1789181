import type { IntervalSet } from '@lineside/contract'
import type { DiskRoom, StreamKind } from './api.ts'
import { addCounts } from './batch/counts.ts'
import type { Counts } from './batch/counts.ts'
import { writeGap } from './store/gap.ts'
import type { PointId } from './batch/point-ids.ts'
import { makeRoom, rowBytes } from './retention/make-room.ts'
import type { Evicted } from './retention/make-room.ts'
import { diskRoom } from './retention/room.ts'
import type { Store } from './store/store.ts'
import { commitMark } from './store/streams.ts'
import { write } from './store/transaction.ts'
import type { NewBatch } from './batch/new-batch.ts'
import type { Draft, Moment } from './store/transaction.ts'

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
  readonly evicted: Evicted
  /** Absent where nothing has to stay free of the disk. */
  readonly disk?: DiskRoom
}

/** A transaction may need a page of each table. */
const slackBytes = 16 * 4096

/** Puts everything on the disk in one transaction, making room first where the buffer is full. */
export function commit(
  store: Store,
  moment: Moment,
  request: CommitRequest,
  inFlight: (id: number) => IntervalSet,
): CommitResult {
  const disk = diskRoom(store)
  return write(store, moment, draft => {
    draft.definePoints(request.points)
    const hasAlarms = request.batches.some(({ kind }) => kind === 'alarms')
    const evicted = makeRoom(store, draft, { bytes: incomingBytes(request), hasAlarms, disk }, inFlight)
    reportDropped(draft, request.dropped)
    const before = totalBytes(draft)
    for (const batch of request.batches) draft.insert(batch)
    for (const [key, value] of request.state) store.setState(key, value)
    if (request.number !== undefined) draft.mark(commitMark, request.number, '')
    return { bytes: totalBytes(draft) - before, evicted, ...(disk && { disk }) }
  })
}

/** Compressed lines are never a half of their text; what can't be compressed is covered by the slack of the limit. */
function incomingBytes({ batches, state }: CommitRequest): number {
  const text = batches.reduce((sum, batch) => sum + batch.text.length, 0)
  const kept = state.reduce((sum, [key, value]) => sum + key.length + (value?.length ?? 0), 0)
  return slackBytes + text / 2 + kept + batches.length * rowBytes
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
