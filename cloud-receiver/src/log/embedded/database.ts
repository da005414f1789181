import { messageOf } from '@lineside/contract'
import { randomUUID } from 'node:crypto'
import { closeSync, mkdirSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import Database from 'better-sqlite3'
import { ReceiverError } from '../../error.ts'

/** 1: a row for each batch. 2: also one for several; the tables are the same. 3: which stream follows which. */
const schemaVersion = 3

const schema = `
create table meta (key text primary key, value text not null) strict;
create table gateways (
  id integer primary key, name text not null unique,
  batches integer not null default 0, entries integer not null default 0, readings integer not null default 0,
  received integer not null default 0) strict;
create table streams (
  id integer primary key, gateway integer not null references gateways, name text not null,
  acked text not null, low integer not null default 1, sealed integer, unique (gateway, name)) strict;
create table ends (topic text primary key, "end" integer not null) strict;
create table samples (
  first integer primary key, count integer not null, stream integer not null references streams, seq integer not null,
  received integer not null, idx text, body blob not null) strict;
create table events (
  first integer primary key, count integer not null, stream integer not null references streams, seq integer not null,
  received integer not null, idx text, body blob not null) strict;
insert into ends values ('samples', 0), ('events', 0);
`

/** What version 3 added. */
const follows = `
alter table streams add column follows text;
create index streams_follows on streams (gateway, follows) where follows is not null;
`

export interface LogDatabase {
  readonly db: Database.Database
  readonly incarnation: string
}

/**
 * Opens or makes the log. A row is durable when its transaction returns: `synchronous=FULL` is read back, since
 * better-sqlite3 is compiled with a weaker one for WAL. One process alone may hold it.
 */
export function openDatabase(path: string): LogDatabase {
  const fail = (what: string, hint?: string, cause?: unknown) =>
    new ReceiverError('log_open', `log ${path}: ${what}`, { ...(hint === undefined ? {} : { hint }), cause })
  let db: Database.Database | undefined
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    closeSync(openSync(path, 'a', 0o600))
    db = new Database(path, { timeout: 200 })
    db.pragma('locking_mode = EXCLUSIVE')
    db.pragma('journal_mode = WAL')
    db.pragma('synchronous = FULL')
    db.pragma('foreign_keys = ON')
    db.pragma('wal_autocheckpoint = 4000')
    db.pragma('journal_size_limit = 67108864')
    const mode = String(db.pragma('journal_mode', { simple: true }))
    const synchronous = Number(db.pragma('synchronous', { simple: true }))
    if (mode !== 'wal' || synchronous !== 2) {
      throw fail(`journal mode is ${mode} and synchronous ${synchronous}, expected wal and 2`)
    }
    const version = Number(db.pragma('user_version', { simple: true }))
    if (version === 0) create(db)
    else if (version < schemaVersion) upgrade(db)
    else if (version !== schemaVersion) {
      throw fail(`has version ${version}, this program knows ${schemaVersion}`, 'use the release that wrote it')
    }
    const incarnation = db.prepare<[], { value: string }>(`select value from meta where key = 'incarnation'`).get()
    if (incarnation === undefined) throw fail('has no incarnation', 'it is damaged: restore it from a backup')
    return { db, incarnation: incarnation.value }
  } catch (error) {
    db?.close()
    if (error instanceof ReceiverError) throw error
    const busy = /locked|busy/i.test(messageOf(error))
    throw busy
      ? fail('another process uses it', 'one receiver a data folder: stop the other one, or give this one its own')
      : fail(messageOf(error), undefined, error)
  }
}

function create(db: Database.Database): void {
  db.transaction(() => {
    db.exec(schema)
    db.exec(follows)
    db.prepare(`insert into meta values ('incarnation', ?)`).run(randomUUID())
    db.pragma(`user_version = ${schemaVersion}`)
  }).immediate()
}

function upgrade(db: Database.Database): void {
  db.transaction(() => {
    db.exec(follows)
    db.pragma(`user_version = ${schemaVersion}`)
  }).immediate()
}
