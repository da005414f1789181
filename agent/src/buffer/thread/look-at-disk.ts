import type { BufferOptions, DiskRoom } from '../api.ts'
import { freeBytesOf } from '../file/free-bytes.ts'
import { roomFor } from '../retention/room.ts'

/** What the disk leaves to a buffer that can't commit; undefined where nothing has to stay free, or nothing can be told. */
export function lookAtDisk(options: BufferOptions, fileBytes: number): DiskRoom | undefined {
  const { path, maxSizeBytes: limitBytes, minFreeBytes = 0 } = options
  if (minFreeBytes === 0) return undefined
  try {
    const freeBytes = freeBytesOf(path)
    const allowed = roomFor({ limitBytes, fileBytes, freeBytes, minFreeBytes })
    return { freeBytes, minFreeBytes, roomBytes: Math.min(allowed, fileBytes + freeBytes) }
  } catch {
    return undefined
  }
}
