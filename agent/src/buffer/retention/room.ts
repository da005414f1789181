import { statfsSync } from 'node:fs'
import { pageBytes } from '../open-file.ts'
import type { Store } from '../store.ts'

/** What makes room, in this order (make-room.ts). */
export const retentionOrder = [
  'fast values are thinned to a summary a minute',
  'the oldest readings go',
  'counters go',
  'alarms go, for other alarms only',
] as const

export interface Growth {
  /** What the buffer may be at most. */
  readonly limitBytes: number
  readonly fileBytes: number
  /** Of the file system. */
  readonly freeBytes: number
  readonly minFreeBytes: number
}

/**
 * What the pages in use may grow to: the size of the buffer, and no more than the file has already while the file system
 * has less free than its floor. Pages that were freed are used again; the file never shrinks.
 */
export function roomFor({ limitBytes, fileBytes, freeBytes, minFreeBytes }: Growth): number {
  return Math.min(limitBytes, fileBytes + Math.max(0, freeBytes - minFreeBytes))
}

/** What there is room for at this moment. */
export function limitNow(store: Store): number {
  const { limitBytes, path, retention } = store
  const { minFreeBytes } = retention
  if (minFreeBytes === 0) return limitBytes
  const fileBytes = Number(store.db.pragma('page_count', { simple: true })) * pageBytes
  return roomFor({ limitBytes, fileBytes, freeBytes: freeBytesOf(path), minFreeBytes })
}

/** Bytes that a user without privileges may still write to the file system of a folder. */
export function freeBytesOf(folder: string): number {
  const { bavail, bsize } = statfsSync(folder)
  return bavail * bsize
}

/** Room that is kept ready for bursts, so that what is thinned is thinned before a commit needs it. */
export function headroom(limit: number): number {
  return Math.min(32 * 1024 * 1024, Math.ceil(limit / 8))
}
