import SQLite from 'better-sqlite3'
import { closeSync, fstatSync, openSync, writeSync } from 'node:fs'
import { pageBytes } from '../file/open-file.ts'
import { migrate } from '../file/schema.ts'

/** Offsets in the header of a database file (sqlite.org/fileformat2.html, section 1.3). */
const pageCountAt = 28
const freelistAt = 32
const freePagesAt = 36
/** Write and read version: 2 is the write-ahead log. */
const versionsAt = 18

/**
 * Writes page 1 anew: header and schema are the same in every buffer, and so are the roots of its tables. Pages behind
 * it stay as they are; those that were free are lost to the file.
 */
export function renewPageOne(file: string): void {
  const page = templatePage()
  const fd = openSync(file, 'r+')
  try {
    page.writeUInt32BE(Math.floor(fstatSync(fd).size / pageBytes), pageCountAt)
    page.fill(2, versionsAt, versionsAt + 2)
    page.writeUInt32BE(0, freelistAt)
    page.writeUInt32BE(0, freePagesAt)
    writeSync(fd, page, 0, pageBytes, 0)
  } finally {
    closeSync(fd)
  }
}

function templatePage(): Buffer {
  const db = new SQLite(':memory:')
  try {
    migrate(db)
    return Buffer.from(db.serialize().subarray(0, pageBytes))
  } finally {
    db.close()
  }
}
