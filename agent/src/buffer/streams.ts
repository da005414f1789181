import { parseIntervalSet } from '@lineside/contract'
import type { IntervalSet } from '@lineside/contract'
import type { Database } from 'better-sqlite3'
import type { StreamKind } from './api.ts'

/** One stream as the database knows it. */
export interface StreamRow {
  /** Small, ascending with the time of minting. */
  readonly id: number
  /** UUID, its name on the wire. */
  readonly stream: string
  readonly kind: StreamKind
  readonly run: number
  readonly boot: string
  readonly mintedMs: number
  readonly usedMs: number
  /** Last seq given out; 0 before the first. */
  readonly high: number
  /** Seqs that wait. */
  readonly present: IntervalSet
  readonly readings: number
  readonly bytes: number
}

const seqsPerStream = 2 ** 32

/** Where a batch stands in the table: one range for each stream. */
export function keyOf(id: number, seq: number): number {
  return id * seqsPerStream + seq
}

export function nameOf(key: number): { readonly id: number; readonly seq: number } {
  return { id: Math.floor(key / seqsPerStream), seq: key % seqsPerStream }
}

/** Reads every stream; the high-water mark is the greatest of its two copies and of the seqs that are there. */
export function readStreams(db: Database): ReadonlyMap<number, StreamRow> {
  const rows = db
    .prepare<[], RawStream>(`SELECT s.*, m.high AS mark FROM streams s LEFT JOIN marks m ON m.id = s.id ORDER BY s.id`)
    .all()
  return new Map(rows.map(row => [row.id, parseRow(row)]))
}

interface RawStream {
  readonly id: number
  readonly stream: string
  readonly kind: StreamKind
  readonly run: number
  readonly boot: string
  readonly minted_ms: number
  readonly used_ms: number
  readonly high: number
  readonly mark: number | null
  readonly present: string
  readonly readings: number
  readonly bytes: number
}

function parseRow(row: RawStream): StreamRow {
  const present = parseIntervalSet(JSON.parse(row.present)) ?? []
  return {
    id: row.id,
    stream: row.stream,
    kind: row.kind,
    run: row.run,
    boot: row.boot,
    mintedMs: row.minted_ms,
    usedMs: row.used_ms,
    high: Math.max(row.high, row.mark ?? 0, present.at(-1)?.[1] ?? 0),
    present,
    readings: row.readings,
    bytes: row.bytes,
  }
}
