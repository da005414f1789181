import { parseIntervalSet } from '@lineside/contract'
import type { IntervalSet } from '@lineside/contract'
import type { Database } from 'better-sqlite3'
import type { StreamKind } from '../api.ts'
import { rowChecksum, streamChecksum } from '../file/checksums.ts'
import type { StreamColumns } from '../file/checksums.ts'
import { damageError } from '../file/damage.ts'

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

interface RawStream extends StreamColumns {
  readonly kind: StreamKind
  readonly crc: number
}

export interface RawMark {
  readonly id: number
  readonly high: number
  readonly stream: string
  readonly crc: number
}

/** Id under which `marks` keeps the number of the last commit. */
export const commitMark = 0

export function isSoundStream(row: StreamColumns & { readonly crc: number }): boolean {
  return row.crc === streamChecksum(row)
}

export function isSoundMark({ id, high, stream, crc }: RawMark): boolean {
  return crc === rowChecksum(id, high, stream)
}

/** Reads every stream. Throws a BufferError `damaged` where a row or its second copy is not as it was written. */
export function readStreams(db: Database): ReadonlyMap<number, StreamRow> {
  const marks = new Map(
    db
      .prepare<[], RawMark>('SELECT * FROM marks')
      .all()
      .map(mark => [mark.id, mark]),
  )
  const rows = db.prepare<[], RawStream>('SELECT * FROM streams ORDER BY id').all()
  const streams = new Map<number, StreamRow>()
  for (const raw of rows) {
    const mark = marks.get(raw.id)
    if (!isSoundStream(raw)) throw damageError(`stream ${raw.id} has another checksum`)
    if (!mark || !isSoundMark(mark) || mark.stream !== raw.stream || mark.high !== raw.high) {
      throw damageError(`stream ${raw.id} and its mark differ`)
    }
    streams.set(raw.id, parseRow(raw))
  }
  for (const { id } of marks.values()) {
    if (id !== commitMark && !streams.has(id)) throw damageError(`stream ${id} is missing`)
  }
  return streams
}

function parseRow(row: RawStream): StreamRow {
  const present = parseIntervalSet(JSON.parse(row.present))
  if (!present) throw damageError(`stream ${row.id} has no readable list of what waits`)
  return {
    id: row.id,
    stream: row.stream,
    kind: row.kind,
    run: row.run,
    boot: row.boot,
    mintedMs: row.minted_ms,
    usedMs: row.used_ms,
    high: row.high,
    present,
    readings: row.readings,
    bytes: row.bytes,
  }
}

/** A stream as it is stored. */
export function columnsOf(row: StreamRow): StreamColumns & { readonly crc: number } {
  const { mintedMs, usedMs, present, ...same } = row
  const columns = { ...same, minted_ms: mintedMs, used_ms: usedMs, present: JSON.stringify(present) }
  return { ...columns, crc: streamChecksum(columns) }
}
