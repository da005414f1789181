import type { Database, Statement } from 'better-sqlite3'
import type { StreamColumns } from '../file/checksums.ts'
import type { BatchRow, RangeSum } from './rows.ts'

/** Every statement that is run often. */
export interface Statements {
  readonly rows: Statement<[number, number], BatchRow>
  readonly row: Statement<[number], BatchRow>
  readonly span: Statement<[number], { key: number; last: number }>
  readonly sizes: Statement<[number, number], { key: number; last: number; bytes: number }>
  readonly ages: Statement<[number, number], { key: number; last: number; t: number; clock: number }>
  readonly agedNames: Statement<[number], number>
  readonly sum: Statement<[number, number], RangeSum>
  readonly counts: Statement<[number, number], Buffer>
  readonly namesIn: Statement<[number, number], { id: number; first: number; last: number }>
  readonly allNames: Statement<[], { key: number; id: number; first: number; last: number }>
  readonly committedAt: Statement<[number], number>
  readonly state: Statement<[string], { value: string; crc: number }>
  readonly mark: Statement<[number], number>
  readonly quarantined: Statement<[], { batches: number; bytes: number }>
  readonly addBatch: Statement<[Omit<BatchRow, 'counts' | 'member'> & { counts: Uint8Array; member: Uint8Array }]>
  readonly addName: Statement<[number, number, number, number]>
  readonly remove: Statement<[number, number]>
  readonly removeNames: Statement<[number, number]>
  readonly putStream: Statement<[StreamColumns & { readonly crc: number }]>
  readonly putState: Statement<[string, string, number]>
  readonly removeState: Statement<[string]>
  readonly putMark: Statement<[number, number, string, number]>
  readonly addPoint: Statement<[number, string, string]>
}

export function prepareStatements(db: Database): Statements {
  return {
    rows: db.prepare('SELECT * FROM batches WHERE key BETWEEN ? AND ? ORDER BY key'),
    row: db.prepare('SELECT * FROM batches WHERE key = ?'),
    span: db.prepare('SELECT key, last FROM batches WHERE key <= ? ORDER BY key DESC LIMIT 1'),
    sizes: db.prepare('SELECT key, last, length(member) AS bytes FROM batches WHERE key BETWEEN ? AND ? ORDER BY key'),
    ages: db.prepare('SELECT key, last, t, clock FROM batches WHERE key BETWEEN ? AND ? ORDER BY key'),
    agedNames: db
      .prepare<[number], number>('SELECT key FROM batches WHERE key IN (SELECT key FROM names) AND t < ? AND clock = 0')
      .pluck(),
    sum: db.prepare(
      `SELECT count(*) AS batches, total(readings) AS readings, total(length(member)) AS bytes
       FROM batches WHERE key BETWEEN ? AND ?`,
    ),
    counts: db.prepare<[number, number], Buffer>('SELECT counts FROM batches WHERE key BETWEEN ? AND ?').pluck(),
    namesIn: db.prepare('SELECT id, first, last FROM names WHERE key BETWEEN ? AND ?'),
    allNames: db.prepare('SELECT key, id, first, last FROM names'),
    committedAt: db.prepare<[number], number>('SELECT t FROM batches WHERE key = ?').pluck(),
    state: db.prepare('SELECT value, crc FROM state WHERE key = ?'),
    mark: db.prepare<[number], number>('SELECT high FROM marks WHERE id = ?').pluck(),
    quarantined: db.prepare('SELECT count(*) AS batches, total(length(member)) AS bytes FROM quarantine'),
    addBatch: db.prepare(
      `INSERT INTO batches (key, last, t, clock, entries, readings, text_bytes, crc, counts, member)
       VALUES (:key, :last, :t, :clock, :entries, :readings, :text_bytes, :crc, :counts, :member)`,
    ),
    addName: db.prepare('INSERT INTO names (key, id, first, last) VALUES (?, ?, ?, ?)'),
    remove: db.prepare('DELETE FROM batches WHERE key BETWEEN ? AND ?'),
    removeNames: db.prepare('DELETE FROM names WHERE key BETWEEN ? AND ?'),
    // What never changes is not set again: the page of its index is not written then.
    putStream: db.prepare(
      `INSERT INTO streams (id, stream, kind, run, boot, minted_ms, used_ms, high, present, readings, bytes, crc)
       VALUES (:id, :stream, :kind, :run, :boot, :minted_ms, :used_ms, :high, :present, :readings, :bytes, :crc)
       ON CONFLICT (id) DO UPDATE SET used_ms = excluded.used_ms, high = excluded.high, present = excluded.present,
         readings = excluded.readings, bytes = excluded.bytes, crc = excluded.crc`,
    ),
    putState: db.prepare('INSERT OR REPLACE INTO state (key, value, crc) VALUES (?, ?, ?)'),
    removeState: db.prepare('DELETE FROM state WHERE key = ?'),
    putMark: db.prepare('INSERT OR REPLACE INTO marks (id, high, stream, crc) VALUES (?, ?, ?, ?)'),
    addPoint: db.prepare('INSERT OR REPLACE INTO points (id, device, point) VALUES (?, ?, ?)'),
  }
}
