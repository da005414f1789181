import type { Database } from 'better-sqlite3'
import { rowChecksum } from './checksums.ts'
import { damageError } from './damage.ts'

export const metaKeys = ['gateway', 'run', 'version', 'salvaged', 'counters', 'machine', 'newest'] as const
/**
 * `version` repeats the file's, `salvaged` is there until the gap of a salvage is committed, `counters` says which points are
 * counters, `machine` where the file was used last, `newest` which stream was minted last.
 */
export type MetaKey = (typeof metaKeys)[number]

/** Throws a BufferError `damaged` where the row is not as it was written. */
export function readMeta(db: Database, key: MetaKey): string | undefined {
  const row = db.prepare<[string], { value: string; crc: number }>('SELECT value, crc FROM meta WHERE key = ?').get(key)
  if (row && row.crc !== rowChecksum(key, row.value)) throw damageError(`meta ${key} has another checksum`)
  return row?.value
}

export function writeMeta(db: Database, key: MetaKey, value: string | undefined): void {
  if (value === undefined) db.prepare('DELETE FROM meta WHERE key = ?').run(key)
  else
    db.prepare('INSERT OR REPLACE INTO meta (key, value, crc) VALUES (?, ?, ?)').run(
      key,
      value,
      rowChecksum(key, value),
    )
}
