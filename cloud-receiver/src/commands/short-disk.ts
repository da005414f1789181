import { statfsSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { formatSize } from '@lineside/settings'
import type { ReceiverConfig } from '../config/config.ts'

/**
 * Where the log may take more than its disk has: it would fill the disk before its own bound makes room, and an archive
 * beside it, which must go on for that, could write nothing any more. Undefined where there is room.
 */
export function shortDisk({ data, limits }: Pick<ReceiverConfig, 'data' | 'limits'>): string | undefined {
  const taken = statSync(join(data, 'log.db'), { throwIfNoEntry: false })?.size ?? 0
  const { bavail, bsize } = statfsSync(nearestFolder(data))
  const free = bavail * bsize
  if (taken + free >= limits.log) return undefined
  const [room, bound] = [taken + free, limits.log].map(formatSize)
  return `the disk of ${data} has room for ${room} of log, limits.log is ${bound}: free space, or lower limits.log`
}

/** What is there of a path already. */
function nearestFolder(path: string): string {
  const isThere = statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
  return isThere || dirname(path) === path ? path : nearestFolder(dirname(path))
}
