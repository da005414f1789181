import { archiveRows, archiveSummaryRows, isEntry, isKind, parseJson } from '@lineside/contract'
import { createParquetObject } from '@lineside/contract/parquet'
import { isEntryOf } from './export.ts'
import type { Exported, ExportSource } from './export.ts'
import { readMember } from '../batch/stored-text.ts'

/** Rows of one row group, and of one file: it is held in memory until it is whole, some 3 bytes a row. */
const groupRows = 200_000
const fileRows = 20_000_000

/** Hands every reading and summary to `write`, as whole Parquet files with the columns of the archive. */
export function exportParquet(
  source: ExportSource,
  device: string | undefined,
  write: (file: Uint8Array) => void,
): Exported {
  const result = { rows: 0, leftOut: 0, unreadable: 0 }
  let object = createParquetObject()
  const finish = () => {
    result.rows += object.rows
    write(object.finish())
    object = createParquetObject()
  }
  for (const { batch } of source.batches()) {
    const parts = readMember(batch.member)
    if (!parts) result.unreadable++
    for (const { gateway, stream, seq, lines } of parts ?? []) {
      for (const [idx, line] of lines.entries()) {
        const entry = parseJson(line)
        if (!isEntry(entry)) {
          result.leftOut++
          continue
        }
        if (!isEntryOf(entry, device)) continue
        const place = { gateway, stream, seq, idx }
        if (isKind(entry, 'sample')) for (const row of archiveRows(place, entry)) object.add(row)
        else if (isKind(entry, 'summary')) for (const row of archiveSummaryRows(place, entry)) object.add(row)
        else result.leftOut++
      }
    }
    if (object.pending >= groupRows) object.flush()
    if (object.rows >= fileRows) finish()
  }
  if (object.rows > 0 || result.rows === 0) finish()
  return result
}
