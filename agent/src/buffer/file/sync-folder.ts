import { closeSync, fsyncSync, openSync } from 'node:fs'

/** What was made, renamed or removed in a folder is on the disk when the folder is; Windows has no such call. */
export function syncFolder(path: string): void {
  if (process.platform === 'win32') return
  const fd = openSync(path, 'r')
  try {
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}
