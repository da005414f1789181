import { statfsSync } from 'node:fs'
import { pageBytes } from '../open-file.ts'
import type { Store } from '../store.ts'

/**
 * What the pages in use may grow to at this moment: the size of the buffer, and no more than the file has already while
 * the file system has less free than its floor. Pages that were freed are used again; the file never shrinks.
 */
export function limitNow(store: Store): number {
  const { limitBytes, path, retention } = store
  const { minFreeBytes } = retention
  if (minFreeBytes === 0) return limitBytes
  const { bavail, bsize } = statfsSync(path)
  const fileBytes = Number(store.db.pragma('page_count', { simple: true })) * pageBytes
  return Math.min(limitBytes, fileBytes + Math.max(0, bavail * bsize - minFreeBytes))
}

/** Room that is kept ready for bursts, so that what is thinned is thinned before a commit needs it. */
export function headroom(limit: number): number {
  return Math.min(32 * 1024 * 1024, Math.ceil(limit / 8))
}
