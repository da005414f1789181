import type { Cursor } from '../store/retention.ts'
import { limits, subtractSets } from '@lineside/contract'
import type { IntervalSet } from '@lineside/contract'
import { intersectSets } from '../sending/receipt.ts'
import { isWholeRow } from '../store/sound-batch.ts'
import type { Store } from '../store/store.ts'
import type { BatchRow } from '../store/rows.ts'
import { readMember } from '../batch/stored-text.ts'
import type { StoredBatch } from '../batch/stored-text.ts'
import { keyOf, nameOf } from '../store/streams.ts'
import type { StreamRow } from '../store/streams.ts'

/** Batches of one stream that follow each other, whole rows, as much as is worked on in one step. */
export interface Group {
  readonly id: number
  readonly rows: readonly BatchRow[]
  readonly batches: readonly StoredBatch[]
  /** By what all of them were taken, see `BatchRow`. */
  readonly clock: number
  /** UTC ms of the oldest commit. */
  readonly t: number
  /** From the oldest commit to the newest. */
  readonly spanMs: number
  /** No more may be worked on in one step. */
  readonly isFull: boolean
}

/** What may not be touched of a stream. */
export type Busy = (id: number) => IntervalSet

/** The newest batches are on their way out, or are when the receiver is back. */
export const margin = 16
const mostRows = 512
/** What is younger and still grows is left for later: many small groups would be thinned badly. */
const leastMs = 120_000
const mostText = limits.memberTextBytes

/** Rows that a step can work on: `plain` ones name no other batches, `reported` ones hold no gap. */
export type Wanted = 'plain' | 'reported'

/**
 * The oldest data that no step looked at yet, in rows of the `wanted` kind, without what is `busy`; moves the cursor
 * behind it. Undefined when there is none.
 */
export function nextGroup(store: Store, cursor: Cursor, busy: Busy, wanted: Wanted, newest: number): Group | undefined {
  const data = [...store.streams.values()].filter(({ kind }) => kind === 'data')
  for (const stream of data.toSorted((a, b) => a.run - b.run || a.id - b.id)) {
    const from = (cursor.get(stream.id) ?? 0) + 1
    const to = stream.high - (store.isCurrent(stream.id) ? newest : 0)
    if (to < from) continue
    const open = intersectSets(stream.present, [[from, to]])
    for (const [first, last] of subtractSets(open, busy(stream.id))) {
      const before = cursor.get(stream.id)
      const group = collect(store, cursor, stream, first, last, wanted)
      if (!group) continue
      const grows = group.batches.at(-1)?.seq === to && !group.isFull && store.isCurrent(stream.id) && newest > 0
      if (!grows || group.spanMs >= leastMs) return group
      if (before === undefined) cursor.delete(stream.id)
      else cursor.set(stream.id, before)
    }
  }
  return undefined
}

function collect(
  store: Store,
  cursor: Cursor,
  { id, stream }: StreamRow,
  first: number,
  last: number,
  wanted: Wanted,
): Group | undefined {
  const batches: StoredBatch[] = []
  const rows: BatchRow[] = []
  let text = 0
  let t = Infinity
  let newestMs = 0
  let isFull = false
  for (const row of store.sql.rows.iterate(keyOf(id, first), keyOf(id, last))) {
    isFull = rows.length >= mostRows || text + row.text_bytes > mostText
    if (
      rows.length > 0 &&
      (isFull || row.clock !== rows[0]?.clock || nameOf(row.key).seq !== (batches.at(-1)?.seq ?? 0) + 1)
    )
      break
    const read = row.last <= last ? readWanted(store, row, stream, wanted) : undefined
    if (!read && rows.length > 0) break
    cursor.set(id, Math.max(row.last, cursor.get(id) ?? 0))
    if (!read) continue
    rows.push(row)
    text += row.text_bytes
    t = Math.min(t, row.t)
    newestMs = Math.max(newestMs, row.t)
    for (const batch of read) batches.push(batch)
  }
  if (batches.length === 0) return undefined
  return { id, rows, batches, clock: rows[0]?.clock ?? 0, t, spanMs: newestMs - t, isFull }
}

/** Undefined for a damaged one, too: it is met when it is sent, and goes to quarantine alone. */
function readWanted(store: Store, row: BatchRow, stream: string, wanted: Wanted): readonly StoredBatch[] | undefined {
  const isNamed = store.sql.namesIn.all(row.key, row.key).length > 0
  if ((isNamed && wanted === 'plain') || !isWholeRow(row, stream)) return undefined
  const batches = readMember(row.member)
  if (batches?.length !== row.last - nameOf(row.key).seq + 1) return undefined
  const hasGap = isNamed && batches.some(({ lines }) => lines.some(line => line.startsWith('{"k":"gap"')))
  return hasGap ? undefined : batches
}
