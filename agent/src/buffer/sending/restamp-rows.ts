import { correctionOf, restampRow, sensible } from './restamp.ts'
import { clockOf, learned } from '../store/run-clocks.ts'
import type { SendRange } from './order.ts'
import { isWholeRow } from '../store/sound-batch.ts'
import type { Store } from '../store/store.ts'
import type { BatchRow } from '../store/rows.ts'
import { keyOf, nameOf } from '../store/streams.ts'
import { write } from '../store/transaction.ts'
import { readMember } from '../batch/stored-text.ts'
import type { Draft, Moment } from '../store/transaction.ts'

/** Text that is corrected for one request: the thread has commits to do. */
export const restampText = 4 * 1024 * 1024

/**
 * Corrects the first rows of a range, once and before they are sent for the first time (protocol.md, C1): in one
 * transaction, under their names. Gives the text that this was.
 */
export function restampSome(store: Store, moment: Moment, { id, from, to }: SendRange): number {
  const rows = staleRows(store, id, from, to)
  write(store, moment, draft => {
    for (const row of rows) restamp(store, draft, row)
  })
  return rows.reduce((sum, row) => sum + row.text_bytes, 0)
}

/** What was found out of the clock goes for all that this run, and open ones of this boot, took by a doubtful one. */
export function learnClock(store: Store, moment: Moment): void {
  const { clock } = moment
  if (clock?.certain !== true) return
  const now = learned(store.clocks, store, clock)
  if (now.size === 0) return
  write(store, moment, draft => {
    for (const [key, known] of now) draft.setClock(key, known)
  })
}

function staleRows(store: Store, id: number, from: number, to: number): readonly BatchRow[] {
  const stream = store.streams.get(id)?.stream ?? ''
  const rows: BatchRow[] = []
  let text = 0
  for (const row of store.sql.rows.iterate(keyOf(id, from), keyOf(id, to))) {
    text += row.text_bytes
    if (!isWholeRow(row, stream) || row.clock === 0 || (rows.length > 0 && text > restampText / 4)) break
    rows.push(row)
  }
  return rows
}

/** Corrects one row, within a transaction. */
export function restamp(store: Store, draft: Draft, row: BatchRow): void {
  const stream = draft.stream(nameOf(row.key).id)
  if (!stream) return
  const found = correctionOf(row.clock, clockOf(store.clocks, stream))
  const correction = sensible(found, row.t)
  if (correction !== found) draft.unlikely += row.last - nameOf(row.key).seq + 1
  const whole = restampRow(row, stream.stream, correction)
  const parts = whole ? [whole] : draft.parts(row).flatMap(part => restampRow(part, stream.stream, correction) ?? part)
  // What is sent is what was corrected.
  if (store.journal) {
    const batches = parts.flatMap(part => readMember(part.member) ?? [])
    draft.inserted.push(...batches.map(batch => ({ ...batch, corrected: true }) as const))
  }
  // Where it will never be known it counts as new: what is let go for its age must not go for a wrong clock.
  const t = correction.mark === 'unknown' ? draft.now : Math.max(0, row.t + correction.shiftMs)
  draft.replace(
    row,
    parts.map(part => ({ ...part, t })),
  )
}
