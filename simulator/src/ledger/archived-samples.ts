import type { ArchiveRow, Value } from '@lineside/contract'
import type { ArchivedSample } from './readings.ts'

/** Puts the rows of an archive together again as samples: rows of one stream, seq and idx belong together; no summaries. */
export function archivedSamples(rows: Iterable<ArchiveRow>): ArchivedSample[] {
  const samples: ArchivedSample[] = []
  const open = new Map<string, { device: string; points: Record<string, Value>; quality: Record<string, string> }>()
  for (const row of rows) {
    if (row.summary !== undefined) continue
    const key = `${row.gateway}\n${row.stream}\n${row.seq}\n${row.idx}`
    let sample = open.get(key)
    // The same point again: a copy begins, and is to be seen as the duplicate it is.
    if (sample === undefined || row.point in sample.points || row.point in sample.quality) {
      sample = { device: row.device, points: {}, quality: {} }
      open.set(key, sample)
      samples.push(sample)
    }
    const value = archivedValue(row)
    if (value !== undefined) sample.points[row.point] = value
    if (row.quality !== undefined) sample.quality[row.point] = row.quality
  }
  return samples
}

/** The value that the columns of one reading stand for; undefined: it was bad. True and false are 1 and 0. */
export function archivedValue(row: Pick<ArchiveRow, 'valueDouble' | 'valueInt' | 'valueText'>): Value | undefined {
  if (row.valueInt !== undefined) return row.valueInt
  if (row.valueText === undefined) return row.valueDouble
  return row.valueDouble === undefined ? row.valueText : BigInt(row.valueText)
}
