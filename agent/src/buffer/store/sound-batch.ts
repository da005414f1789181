import { batchChecksum } from '../batch/crc32c.ts'
import type { BatchRow } from './rows.ts'
import { nameOf } from './streams.ts'

/** Whether the fields of a row have the types that they are stored as: in a damaged page they may be anything. */
export function isSoundBatch(row: BatchRow): boolean {
  const { key, last, t, clock, entries, readings, text_bytes, crc, counts, member } = row
  const numbers = [key, last, t, clock, entries, readings, text_bytes, crc]
  if (!numbers.every(Number.isSafeInteger) || entries < 0 || readings < 0 || text_bytes < 0) return false
  return last >= key % 2 ** 32 && Buffer.isBuffer(counts) && Buffer.isBuffer(member)
}

/** Whether a row is what was committed under its name. */
export function isWholeRow(row: BatchRow, stream: string): boolean {
  return isSoundBatch(row) && batchChecksum(stream, nameOf(row.key).seq, row.member, row.last, row.clock) === row.crc
}
