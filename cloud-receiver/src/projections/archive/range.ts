import { archiveRows, archiveSummaryRows, parseJson } from '@lineside/contract'
import type { Sample, SummaryEntry } from '@lineside/contract'
import type { LogRecord } from '../../log/log.ts'
import { createParquetObject } from '@lineside/contract/parquet'
import type { ParquetObject } from '@lineside/contract/parquet'

/** Bounds of what a range holds in memory. They are part of what decides the objects' bytes. */
export interface RangeBounds {
  /** Rows of one row group; encoding 20,000 takes some tens of milliseconds. */
  readonly rowGroup: number
  /** Rows of all objects that wait for their row group. */
  readonly pending: number
}

const rangeBounds: RangeBounds = { rowGroup: 20_000, pending: 200_000 }

/** One object of a range, with the part of its key that its rows decide. */
export interface RangeObject {
  /** `date=2026-11-21/gateway=gw1`. */
  readonly folder: string
  readonly rows: number
  readonly bytes: Uint8Array
}

/** The rows of consecutive records on their way into objects, one for each date and gateway. */
export interface Range {
  readonly rows: number
  /** Objects so far. */
  readonly size: number
  add(record: LogRecord): void
  /** All objects; the range takes nothing after it. What it gives follows from the records alone. */
  finish(): readonly RangeObject[]
}

export function createRange(bounds: RangeBounds = rangeBounds): Range {
  const objects = new Map<string, ParquetObject>()
  let rows = 0
  let pending = 0

  // Neighbours mostly share date and gateway, and making the name costs more than the rest.
  let near: { readonly gateway: string; readonly day: number; readonly object: ParquetObject } | undefined

  function objectFor(gateway: string, t: number): ParquetObject {
    const day = Math.floor(t / 86_400_000)
    if (near?.day === day && near.gateway === gateway) return near.object
    const folder = `date=${dateOf(t)}/gateway=${encodeURIComponent(gateway)}`
    const object = objects.get(folder) ?? createParquetObject()
    objects.set(folder, object)
    near = { gateway, day, object }
    return object
  }

  function flush(object: ParquetObject): void {
    pending -= object.pending
    object.flush()
  }

  function flushLargest(): void {
    let largest: ParquetObject | undefined
    for (const object of objects.values()) if (object.pending > (largest?.pending ?? 0)) largest = object
    if (largest) flush(largest)
  }

  return {
    get rows() {
      return rows
    },
    get size() {
      return objects.size
    },
    add(record) {
      const entry = archivedIn(record.json)
      if (entry === undefined) return
      const object = objectFor(record.gateway, entry.t)
      const entryRows = entry.k === 'sample' ? archiveRows(record, entry) : archiveSummaryRows(record, entry)
      for (const row of entryRows) {
        object.add(row)
        pending++
        rows++
        if (object.pending >= bounds.rowGroup) flush(object)
        else if (pending >= bounds.pending) flushLargest()
      }
    },
    finish() {
      return [...objects].map(([folder, object]) => ({ folder, rows: object.rows, bytes: object.finish() }))
    },
  }
}

/** UTC date of a source time; one that no calendar has goes under `unknown`. */
function dateOf(t: number): string {
  const date = new Date(t)
  return Number.isNaN(date.getTime()) ? 'unknown' : date.toISOString().slice(0, date.toISOString().indexOf('T'))
}

/** The sample or summary in a record; undefined for the other kinds of the topic. Ingest has checked it. */
function archivedIn(json: string): Sample | SummaryEntry | undefined {
  const entry = parseJson(json)
  return isArchived(entry) ? entry : undefined
}

function isArchived(entry: unknown): entry is Sample | SummaryEntry {
  return typeof entry === 'object' && entry !== null && 'k' in entry && (entry.k === 'sample' || entry.k === 'summary')
}
