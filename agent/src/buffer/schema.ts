import type { Database } from 'better-sqlite3'
import { BufferError } from './error.ts'

/** "LNSD": says that a SQLite file is a Lineside buffer. */
export const applicationId = 0x4c_4e_53_44

/**
 * One script for each version of the file, forward only; what is published is never edited.
 *
 * A batch's key is its stream's id × 2^32 + seq, so that a stream is one range of one tree: appending touches its
 * last page, and a receipt frees whole pages. `last` is the last seq of a row: greater than its own once small batches
 * share a member. `clock` is for batches whose times are not known yet: 0 as taken.
 *
 * SQLite has no checksums on its pages, so the high-water mark stands in two tables, and `present` only repeats what
 * the keys say, to spare a walk over all pages at each start.
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
]

/** Brings an open file to the newest version; throws a BufferError where the file is another's or a newer one's. */
export function migrate(db: Database): void {
  const version = Number(db.pragma('user_version', { simple: true }))
  const owner = Number(db.pragma('application_id', { simple: true }))
  const tables = Number(db.prepare('SELECT count(*) FROM sqlite_master').pluck().get())
  if (owner !== applicationId && (owner !== 0 || version !== 0 || tables > 0)) {
    throw new BufferError('not_a_buffer', `${db.name} is a database of another program`, {
      hint: 'give storage.path a folder of its own',
    })
  }
  if (version > migrations.length) {
    throw new BufferError('too_new', `${db.name} has version ${version}, this agent knows ${migrations.length}`, {
      hint: 'start the newer agent again, or move the folder aside',
    })
  }
  for (const [index, script] of migrations.entries()) {
    if (index < version) continue
    db.transaction(() => {
      db.exec(script)
      db.pragma(`application_id = ${applicationId}`)
      db.pragma(`user_version = ${index + 1}`)
    })()
  }
}
