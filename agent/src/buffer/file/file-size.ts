import type { Database } from 'better-sqlite3'

function pragma(db: Database, name: string): number {
  return Number(db.pragma(name, { simple: true }))
}

/** Bytes of the file once its write-ahead log is in it, with what was freed and may be used again. */
export function fileBytesOf(db: Database): number {
  return pragma(db, 'page_count') * pragma(db, 'page_size')
}

/** Bytes of the file that hold something. */
export function usedBytesOf(db: Database): number {
  return fileBytesOf(db) - pragma(db, 'freelist_count') * pragma(db, 'page_size')
}
