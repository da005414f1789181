import { entryProblem, parseJson } from '@lineside/contract'
import type { Sample, Value } from '@lineside/contract'
import { readMember } from '../batch/stored-text.ts'

export const exportFormats = ['csv', 'ndjson', 'parquet'] as const
export type ExportFormat = (typeof exportFormats)[number]

/** Where members are read from. */
export interface ExportSource {
  batches(): Iterable<{ readonly batch: { readonly member: Buffer } }>
}

export interface ExportOptions {
  readonly format: Exclude<ExportFormat, 'parquet'>
  /** Only entries of this device. */
  readonly device?: string
}

export interface Exported {
  readonly rows: number
  /** Entries that the format has no place for: CSV holds readings alone, Parquet what the archive does. */
  readonly leftOut: number
  /** Batches that can't be read; `verify` says more. */
  readonly unreadable: number
}

/** First line of a CSV export. */
const csvHeader = 'gateway,device,point,time,value,quality,stream,seq,idx\n'

/** Hands everything to `write`, a batch at a time: readings as CSV (RFC 4180), or every entry as a line of JSON. */
export function exportBuffer(
  source: ExportSource,
  { format, device }: ExportOptions,
  write: (text: string) => void,
): Exported {
  const result = { rows: 0, leftOut: 0, unreadable: 0 }
  if (format === 'csv') write(csvHeader)
  for (const { batch } of source.batches()) {
    const parts = readMember(batch.member)
    if (!parts) {
      result.unreadable++
      continue
    }
    let text = ''
    for (const { gateway, stream, seq, lines } of parts) {
      for (const [idx, line] of lines.entries()) {
        const entry = parseJson(line)
        if (entryProblem(entry) !== undefined) {
          result.leftOut++
          continue
        }
        if (!isEntryOf(entry, device)) continue
        if (format === 'ndjson') {
          // The line as it was committed: numbers keep every digit.
          text += `${JSON.stringify({ gateway, stream, seq, idx }).slice(0, -1)},${line.slice(1)}\n`
          result.rows++
        } else if (isSample(entry)) {
          const rows = csvRows(gateway, entry, `${stream},${seq},${idx}`)
          text += rows.join('')
          result.rows += rows.length
        } else result.leftOut++
      }
    }
    if (text !== '') write(text)
  }
  return result
}

export function isEntryOf(entry: unknown, device: string | undefined): boolean {
  if (device === undefined) return true
  return typeof entry === 'object' && entry !== null && 'device' in entry && entry.device === device
}

function isSample(entry: unknown): entry is Sample {
  return (
    entryProblem(entry) === undefined &&
    typeof entry === 'object' &&
    entry !== null &&
    'k' in entry &&
    entry.k === 'sample'
  )
}

function csvRows(gateway: string, { device, t, values, quality = {} }: Sample, name: string): string[] {
  const time = new Date(t).toISOString()
  const points = [...Object.keys(values), ...Object.keys(quality).filter(point => !Object.hasOwn(values, point))]
  return points.map(point => {
    const cells = [gateway, device, point, time, cellOf(values[point]), quality[point] ?? 'good']
    return `${cells.map(quoted).join(',')},${name}\n`
  })
}

function cellOf(value: Value | undefined): string {
  return value === undefined ? '' : String(value)
}

function quoted(cell: string): string {
  return /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell
}
