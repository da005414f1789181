import type { BatchRow } from './store.ts'

/** Whether the fields of a row have the types that they are stored as: in a damaged page they may be anything. */
export function isSoundBatch(row: BatchRow): boolean {
  const { key, last, t, clock, entries, readings, text_bytes, crc, counts, member } = row
  const numbers = [key, last, t, clock, entries, readings, text_bytes, crc]
  if (!numbers.every(Number.isSafeInteger) || entries < 0 || readings < 0 || text_bytes < 0) return false
  return last >= key % 2 ** 32 && Buffer.isBuffer(counts) && Buffer.isBuffer(member)
}
