import SQLite from 'better-sqlite3'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { damageAtOpen } from '../file/damage.ts'
import { freeBytesOf } from '../file/free-bytes.ts'
import { commitsBehind, readLog } from '../file/log-file.ts'
import { databaseFile } from '../file/open-file.ts'
import { newestVersion } from '../file/schema.ts'
import { readHighWater } from '../store/high-water.ts'
import type { HighWater } from '../store/high-water.ts'
import { readStreams } from '../store/streams.ts'

/** A checkpoint keeps logs far below that. */
const mostBytes = 64 * 1024 * 1024

/**
 * What is wrong with the log of a database that is not open, where SQLite would throw away what can still be read of it,
 * without a word: it stops at the first frame that is not whole, and drops the log of an empty database. A transaction
 * that a power cut ended looks the same, but nothing that was committed is missing then.
 */
export function damageOfLog({
  path,
  gateway,
}: {
  readonly path: string
  readonly gateway: string
}): string | undefined {
  const file = join(path, databaseFile)
  const logBytes = sizeOf(`${file}-wal`) ?? 0
  if (logBytes === 0 || logBytes > mostBytes) return undefined
  const log = readLog(readFileSync(`${file}-wal`))
  const fileBytes = sizeOf(file)
  if (!fileBytes)
    return log.frames.length === 0 ? undefined : `${databaseFile} is ${fileBytes === 0 ? 'empty' : 'gone'}`
  // A database that can't be written a second time is used as SQLite reads it.
  if (!log.isTorn || freeBytesOf(path) < fileBytes + 2 * logBytes) return undefined
  // Only one transaction at a time is not synced yet.
  if (commitsBehind(log) > 1 || isBehind(file, readHighWater(path, gateway))) return 'its write-ahead log is damaged'
  return undefined
}

/** Whether a database, read and not written, lacks what was given out; one that can't be read does. */
function isBehind(file: string, found: readonly HighWater[]): boolean {
  try {
    const db = new SQLite(file, { readonly: true })
    try {
      const version = Number(db.pragma('user_version', { simple: true }))
      if (version !== newestVersion) return version === 0 && found.length > 0
      const highs = new Map([...readStreams(db).values()].map(({ stream, high }) => [stream, high]))
      return found.some(({ stream, high }) => (highs.get(stream) ?? 0) < high)
    } finally {
      db.close()
    }
  } catch (error) {
    if (damageAtOpen(error) === undefined) throw error
    return true
  }
}

function sizeOf(file: string): number | undefined {
  return existsSync(file) ? statSync(file).size : undefined
}
