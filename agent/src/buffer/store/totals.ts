import { countSeqs } from '@lineside/contract'
import { countNames } from '../batch/new-batch.ts'
import type { BufferStats } from '../api.ts'
import type { FileTotals, Store } from './store.ts'
import { keyOf } from './streams.ts'

export interface Totals extends FileTotals {
  readonly run: number
  readonly batches: number
  readonly readings: number
  readonly bytes: number
  readonly oldestMs?: number
  /** Readings that summaries stand for, since the database was opened. */
  readonly thinned: number
  /** Batches whose receipt is to be written with the next commit. */
  readonly unwritten: number
}

/** Of a database that is not open yet. */
export const noTotals: Totals = {
  run: 0,
  batches: 0,
  readings: 0,
  bytes: 0,
  fileBytes: 0,
  quarantined: { batches: 0, bytes: 0 },
  thinned: 0,
  unwritten: 0,
}

/** What waits in the database, from what is held in memory and one row. */
export function totalsOf(store: Store): Totals {
  let batches = 0
  let readings = 0
  let bytes = 0
  let oldest: number | undefined
  for (const row of store.streams.values()) {
    const first = row.present[0]
    if (!first) continue
    batches += countSeqs(row.present)
    readings += row.readings
    bytes += row.bytes
    oldest ??= keyOf(row.id, first[0])
  }
  const oldestMs = oldest === undefined ? undefined : store.committedAt(oldest)
  const { fileBytes, quarantined } = store.fileTotals()
  const { run, retention } = store
  const thinned = retention.readings
  return {
    run,
    batches,
    readings,
    bytes,
    fileBytes,
    quarantined,
    thinned,
    unwritten: countNames(store.acknowledged.names),
    ...(oldestMs === undefined ? {} : { oldestMs }),
  }
}

/** What the totals say of the disk. */
export function onDisk({
  batches,
  readings,
  bytes,
  oldestMs,
  fileBytes,
  quarantined,
  unwritten,
}: Totals): Pick<BufferStats, 'waiting' | 'oldestMs' | 'fileBytes' | 'quarantined' | 'unwritten'> {
  const waiting = { batches, readings, bytes }
  return { waiting, fileBytes, quarantined, unwritten, ...(oldestMs === undefined ? {} : { oldestMs }) }
}
