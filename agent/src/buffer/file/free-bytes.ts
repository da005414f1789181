import { statfsSync } from 'node:fs'

/** Bytes that a user without privileges may still write to the file system of a folder. */
export function freeBytesOf(folder: string): number {
  const { bavail, bsize } = statfsSync(folder)
  return bavail * bsize
}
