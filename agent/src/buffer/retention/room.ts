import { statSync } from 'node:fs'
import { join } from 'node:path'
import type { DiskRoom } from '../api.ts'
import { fileBytesOf } from '../file/file-size.ts'
import { freeBytesOf } from '../file/free-bytes.ts'
import { databaseFile } from '../file/open-file.ts'
import type { Store } from '../store/store.ts'

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

/** The file may grow to this size with less than the floor free, so that readings of this hour outlive a small disk. */
const leastBytes = 16_000_000
/** Of what the disk has left then, this stays for the write-ahead log and for others. */
const reserveBytes = 1_000_000
/** What is kept in any case: where the disk refuses that much, readings wait in memory and nothing goes. */
const bottomBytes = 1_000_000

/**
 * What the pages in use may grow to: the size of the buffer, and no more than the file has already while the file system
 * has less free than its floor, but for its first 16 MB. Pages that were freed are used again; the file never shrinks.
 */
export function roomFor({ limitBytes, fileBytes, freeBytes, minFreeBytes }: Growth): number {
  const left = (keep: number) => fileBytes + Math.max(0, freeBytes - keep)
  const least = Math.min(leastBytes, Math.max(bottomBytes, left(reserveBytes)))
  return Math.min(limitBytes, Math.max(least, left(minFreeBytes)))
}

/** What the disk leaves at this moment; undefined where nothing has to stay free. */
export function diskRoom(store: Store): DiskRoom | undefined {
  const { limitBytes, path, retention } = store
  const { minFreeBytes } = retention
  if (minFreeBytes === 0) return undefined
  const fileBytes = fileBytesOf(store.db)
  const freeBytes = freeBytesOf(path)
  // What is only in the write-ahead log needs its place in the file yet.
  const promised = Math.max(0, fileBytes - statSync(join(path, databaseFile)).size)
  const growth = { limitBytes, fileBytes, freeBytes: freeBytes - promised, minFreeBytes }
  return { freeBytes, minFreeBytes, roomBytes: roomFor(growth) }
}

/** Room that is kept ready for bursts, so that what is thinned is thinned before a commit needs it. */
export function headroom(limit: number): number {
  return Math.min(32 * 1024 * 1024, Math.ceil(limit / 8))
}
