import { messageOf } from '@lineside/contract'
import { chmodSync, closeSync, existsSync, mkdirSync, openSync, readSync, truncateSync } from 'node:fs'
import { dirname, join } from 'node:path'
import SQLite from 'better-sqlite3'
import type { Database } from 'better-sqlite3'
import { damageError } from './damage.ts'
import { BufferError } from '../error.ts'
import { freeBytesOf } from './free-bytes.ts'
import { migrate, schemaProblem } from './schema.ts'
import { syncFolder } from './sync-folder.ts'

export interface OpenDatabase {
  readonly db: Database
  /** Where the batches may grow to; the rest of the size is for the write-ahead log. */
  readonly limitBytes: number
}

export const pageBytes = 4096
export const databaseFile = 'buffer.db'

/**
 * Makes the folder where it is not there, and keeps other agents out until the lock is closed. Throws a BufferError
 * with the way out.
 */
export function lockFolder(folder: string): Database {
  const lockFile = join(folder, 'buffer.lock')
  try {
    makeFolder(folder)
    touch(lockFile)
  } catch (cause) {
    throw openFailed(folder, cause)
  }
  return takeLock(lockFile)
}

/** Opens or makes the database in a locked folder, readable by this user alone. */
export function openDatabase(folder: string, maxSizeBytes: number): OpenDatabase {
  const file = join(folder, databaseFile)
  try {
    // The write-ahead log gets the mode of its database, so this covers all files.
    touch(file)
    // SQLite does so only for the files that it makes itself.
    syncFolder(folder)
  } catch (cause) {
    throw openFailed(folder, cause)
  }
  if (isWrittenReadOnly(file)) throw damageError('its header says that it may not be written')
  const db = new SQLite(file, { timeout: 2000 })
  try {
    // A log that outgrew a small disk could not be put into its file any more.
    const roomBytes = Math.min(maxSizeBytes, freeBytesOf(folder))
    const logPages = Math.min(1000, Math.max(16, Math.floor(roomBytes / 16 / pageBytes)))
    prepare(db, logPages)
    migrate(db)
    const problem = schemaProblem(db)
    if (problem !== undefined) throw damageError(problem)
    // The log may outgrow a checkpoint by the transaction that triggers it.
    return { db, limitBytes: Math.max(pageBytes * 64, maxSizeBytes - 3 * logPages * pageBytes) }
  } catch (error) {
    db.close()
    throw error
  }
}

/** SQLite refuses to write a file whose header names a format that it doesn't know (sqlite.org/fileformat2.html, 1.3.3). */
function isWrittenReadOnly(file: string): boolean {
  const header = Buffer.alloc(20)
  const fd = openSync(file, 'r')
  try {
    const isThere = readSync(fd, header, 0, header.length, 0) === header.length
    return isThere && (header.readUInt8(18) > 2 || header.readUInt8(19) > 2)
  } finally {
    closeSync(fd)
  }
}

/** One folder after the other: where one can't be made, as under /proc, Node's own recursive way may never end. */
function makeFolder(folder: string): void {
  if (existsSync(folder)) return
  makeFolder(dirname(folder))
  mkdirSync(folder, { mode: 0o700 })
  syncFolder(dirname(folder))
}

function touch(path: string): void {
  closeSync(openSync(path, 'a', 0o600))
  chmodSync(path, 0o600)
}

export function openFailed(folder: string, cause: unknown): BufferError {
  const why = messageOf(cause)
  return new BufferError('open_failed', `buffer folder ${folder}: ${why}`, {
    hint: isFolder(cause)
      ? 'a folder stands where a file of the buffer belongs: move it away'
      : 'make room and the folder writable for the user that runs the agent, or change storage.path',
    cause,
  })
}

function isFolder(cause: unknown): boolean {
  return cause instanceof Error && 'code' in cause && cause.code === 'EISDIR'
}

/** An exclusive lock that the system takes back when the process dies. */
function takeLock(path: string): Database {
  const lock = new SQLite(path, { timeout: 0 })
  try {
    lock.exec('BEGIN EXCLUSIVE')
    return lock
  } catch (cause) {
    lock.close()
    // Nothing is ever written to it, so that whatever stands there is damage; who holds it locks the file as it is.
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
    if (code === 'SQLITE_NOTADB' || code === 'SQLITE_CORRUPT') {
      truncateSync(path)
      return takeLock(path)
    }
    if (!code.startsWith('SQLITE_BUSY') && !code.startsWith('SQLITE_LOCKED')) throw openFailed(dirname(path), cause)
    throw new BufferError('locked', `buffer folder is in use by another agent: ${path} is locked`, {
      hint: 'stop the other agent, or give this one its own storage.path',
      cause,
    })
  }
}

function prepare(db: Database, logPages: number): void {
  const mode = db.pragma('journal_mode = WAL', { simple: true })
  if (mode !== 'wal') throw new BufferError('unsafe', `${db.name}: journal_mode is ${String(mode)}, not wal`)
  // The driver is compiled with NORMAL under WAL, where a power cut may undo what was committed.
  db.pragma('synchronous = FULL')
  const synchronous = Number(db.pragma('synchronous', { simple: true }))
  if (synchronous !== 2) throw new BufferError('unsafe', `${db.name}: synchronous is ${synchronous}, not 2 (full)`)
  db.pragma(`wal_autocheckpoint = ${logPages}`)
  db.pragma(`journal_size_limit = ${2 * logPages * pageBytes}`)
  db.pragma('foreign_keys = OFF')
  db.pragma('temp_store = MEMORY')
  db.pragma('cache_size = -2000')
}
