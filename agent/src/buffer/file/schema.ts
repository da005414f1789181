import SQLite from 'better-sqlite3'
import type { Database } from 'better-sqlite3'
import { rowChecksum, streamChecksum } from './checksums.ts'
import type { StreamColumns } from './checksums.ts'
import { damageError } from './damage.ts'
import { BufferError } from '../error.ts'
import { writeMeta } from './meta.ts'

/** "LNSD": says that a SQLite file is a Lineside buffer. */
export const applicationId = 0x4c_4e_53_44

/**
 * One script for each version of the file, forward only; what is published is never edited.
 *
 * A batch's key is its stream's id × 2^32 + seq, so that a stream is one range of one tree: appending touches its
 * last page, and a receipt frees whole pages. `last` is the last seq of a row: greater than its own once small batches
 * share a member. `clock` is for batches whose times are not known yet (protocol.md, C1): 0 as taken, else what was held
 * for UTC ms at the zero of the machine's monotonic clock when they were stamped.
 *
 * SQLite has no checksums on its pages, so rows that steer what is sent have their own, a stream's name and high-water
 * mark stand in two tables, and `present` only repeats what the keys say, to spare a walk over all pages at each start.
 */
const migrations: readonly string[] = [
  `CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
   CREATE TABLE streams (
     id INTEGER PRIMARY KEY,
     stream TEXT NOT NULL UNIQUE,
     kind TEXT NOT NULL CHECK (kind IN ('alarms', 'data')),
     run INTEGER NOT NULL,
     boot TEXT NOT NULL,
     minted_ms INTEGER NOT NULL,
     used_ms INTEGER NOT NULL,
     high INTEGER NOT NULL,
     present TEXT NOT NULL,
     readings INTEGER NOT NULL,
     bytes INTEGER NOT NULL
   ) STRICT;
   CREATE TABLE marks (id INTEGER PRIMARY KEY, high INTEGER NOT NULL) STRICT;
   CREATE TABLE batches (
     key INTEGER PRIMARY KEY,
     last INTEGER NOT NULL,
     t INTEGER NOT NULL,
     clock INTEGER NOT NULL DEFAULT 0,
     entries INTEGER NOT NULL,
     readings INTEGER NOT NULL,
     text_bytes INTEGER NOT NULL,
     crc INTEGER NOT NULL,
     counts BLOB NOT NULL,
     member BLOB NOT NULL
   ) STRICT;
   CREATE TABLE names (
     key INTEGER NOT NULL,
     id INTEGER NOT NULL,
     first INTEGER NOT NULL,
     last INTEGER NOT NULL,
     PRIMARY KEY (key, id, first)
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE points (
     id INTEGER PRIMARY KEY,
     device TEXT NOT NULL,
     point TEXT NOT NULL,
     UNIQUE (device, point)
   ) STRICT;
   CREATE TABLE state (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
   CREATE TABLE quarantine (
     n INTEGER PRIMARY KEY AUTOINCREMENT,
     stream TEXT NOT NULL,
     seq INTEGER NOT NULL,
     last INTEGER NOT NULL,
     t INTEGER NOT NULL,
     reason TEXT NOT NULL,
     message TEXT NOT NULL,
     readings INTEGER NOT NULL,
     member BLOB NOT NULL
   ) STRICT;`,
  `ALTER TABLE meta ADD COLUMN crc INTEGER NOT NULL DEFAULT 0;
   ALTER TABLE streams ADD COLUMN crc INTEGER NOT NULL DEFAULT 0;
   ALTER TABLE marks ADD COLUMN stream TEXT NOT NULL DEFAULT '';
   ALTER TABLE marks ADD COLUMN crc INTEGER NOT NULL DEFAULT 0;
   ALTER TABLE state ADD COLUMN crc INTEGER NOT NULL DEFAULT 0;`,
  // The same tables; an agent that doesn't know `clock` would send what is held.
  '',
]

/** What `migrate` leads to. */
export const newestVersion = migrations.length

/** What a script can't say in SQL, by the version that it leads to. */
const fillings: Readonly<Record<number, (db: Database) => void>> = { 2: addChecksums }

function addChecksums(db: Database): void {
  for (const table of ['meta', 'state'] as const) {
    const put = db.prepare(`UPDATE ${table} SET crc = ? WHERE key = ?`)
    for (const { key, value } of db.prepare<[], { key: string; value: string }>(`SELECT * FROM ${table}`).all()) {
      put.run(rowChecksum(key, value), key)
    }
  }
  for (const row of db.prepare<[], StreamColumns>('SELECT * FROM streams').all()) {
    const high = Math.max(
      row.high,
      db.prepare<[number], number>('SELECT high FROM marks WHERE id = ?').pluck().get(row.id) ?? 0,
    )
    db.prepare('UPDATE streams SET high = ?, crc = ? WHERE id = ?').run(high, streamChecksum({ ...row, high }), row.id)
    db.prepare('INSERT OR REPLACE INTO marks (id, high, stream, crc) VALUES (?, ?, ?, ?)').run(
      row.id,
      high,
      row.stream,
      rowChecksum(row.id, high, row.stream),
    )
  }
}

/** Tables of every version: where they are, a strange header is damage and not another program's. */
const ownTables = ['batches', 'marks', 'meta', 'names', 'streams']

/**
 * Brings an open file to the newest version; throws a BufferError where the file is another's, a newer one's, or
 * damaged.
 */
export function migrate(db: Database): void {
  const version = Number(db.pragma('user_version', { simple: true }))
  const owner = Number(db.pragma('application_id', { simple: true }))
  const tables = db.prepare<[], string>('SELECT name FROM sqlite_master').pluck().all()
  const isOurs = ownTables.every(table => tables.includes(table))
  if (owner !== applicationId && (owner !== 0 || version !== 0 || tables.length > 0)) {
    if (isOurs) throw damageError(`application id ${owner}`)
    throw new BufferError('not_a_buffer', `${db.name} is a database of another program`, {
      hint: 'give storage.path a folder of its own',
    })
  }
  const repeated = version >= 2 && isOurs ? Number(plainVersion(db) ?? version) : version
  if (repeated !== version) throw damageError(`version ${version} in the header, ${repeated} in the table`)
  if (version > migrations.length) {
    throw new BufferError('too_new', `${db.name} has version ${version}, this agent knows ${migrations.length}`, {
      hint: 'start the newer agent again, or move the folder aside',
    })
  }
  for (const [index, script] of migrations.entries()) {
    const next = index + 1
    if (index < version) continue
    db.transaction(() => {
      db.exec(script)
      fillings[next]?.(db)
      if (next >= 2) writeMeta(db, 'version', String(next))
      db.pragma(`application_id = ${applicationId}`)
      db.pragma(`user_version = ${next}`)
    })()
  }
}

export function isNewest(db: Database): boolean {
  return Number(db.pragma('user_version', { simple: true })) === newestVersion
}

/** What makes a file of the newest version different from a new one; undefined where nothing does. */
export function schemaProblem(db: Database): string | undefined {
  newSchema ??= readNewSchema()
  const there = readSchema(db)
  return newSchema === there ? undefined : 'the description of the tables is not what it was'
}

/** The same in every buffer, however old: migrations lead each of them through the same steps. */
let newSchema: string | undefined

function readNewSchema(): string {
  const db = new SQLite(':memory:')
  try {
    migrate(db)
    return readSchema(db)
  } finally {
    db.close()
  }
}

function readSchema(db: Database): string {
  const rows = db.prepare('SELECT type, name, tbl_name, rootpage, sql FROM sqlite_master ORDER BY rowid').raw().all()
  return JSON.stringify(rows)
}

/** The version as the table has it, read without anything that a newer version may have changed. */
function plainVersion(db: Database): string | undefined {
  return db.prepare<[], string>(`SELECT value FROM meta WHERE key = 'version'`).pluck().get()
}
