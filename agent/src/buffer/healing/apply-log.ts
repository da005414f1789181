import { closeSync, existsSync, fstatSync, fsyncSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs'
import { readLog } from '../file/log-file.ts'
import { pageBytes } from '../file/open-file.ts'

/**
 * Writes the pages of a log into its database, those behind damage too: what they say is checked row by row. Makes the
 * database where there is none; done again it changes nothing.
 */
export function applyLog(database: string, log: string): void {
  if (!existsSync(log)) return
  const bytes = readFileSync(log)
  const { frames } = readLog(bytes)
  const whole = frames.filter(({ isWhole }) => isWhole)
  const fd = openSync(database, existsSync(database) ? 'r+' : 'w+', 0o600)
  try {
    const { size } = fstatSync(fd)
    const pages = Math.max(
      Math.floor(size / pageBytes),
      ...whole.map(({ page, pagesAfter }) => Math.max(page, pagesAfter)),
    )
    for (const { page, at } of frames) {
      // The number of a page that is not whole may be wrong: it must not make a file of any size.
      if (page < 1 || page > pages) continue
      writeSync(fd, bytes, at, pageBytes, (page - 1) * pageBytes)
    }
    if (fstatSync(fd).size < pages * pageBytes) ftruncateSync(fd, pages * pageBytes)
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}
