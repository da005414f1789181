import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const pageBytes = 4096
/** What lies in the folder of a buffer. */
const files = ['buffer.db', 'buffer.db-wal', 'buffer.high'] as const
const lockFile = 'buffer.lock'

/** What may become of them. */
export const spoilings = [
  'database',
  'log',
  'cut database',
  'cut log',
  'no log',
  'empty database',
  'no database',
  'zeroed pages',
  'page 1',
  'stale log',
  'high water',
  'lock',
] as const
export type Spoiling = (typeof spoilings)[number]

/** Puts the same buffer into another folder. */
export function copyBuffer(from: string, to: string): void {
  mkdirSync(to, { recursive: true })
  for (const file of files) copyFileSync(join(from, file), join(to, file))
}

/** Damages one of the files of a buffer that is not open. */
export function spoil(path: string, kind: Spoiling, random: () => number): void {
  const below = (n: number) => Math.floor(random() * n)
  if (kind === 'lock') {
    return writeFileSync(join(path, lockFile), Buffer.from(Array.from({ length: 1 + below(9000) }, () => below(256))))
  }
  const file = join(path, kind === 'high water' ? 'buffer.high' : kind.endsWith('log') ? 'buffer.db-wal' : 'buffer.db')
  if (kind === 'no log' || kind === 'no database') return rmSync(file)
  if (kind === 'empty database') return writeFileSync(file, '')
  const bytes = readFileSync(file)
  if (kind.startsWith('cut')) return writeFileSync(file, bytes.subarray(0, 1 + below(bytes.length - 1)))
  // The second half of the writes never came to the disk, though the disk said so.
  if (kind === 'stale log') bytes.fill(0, below(bytes.length))
  else if (kind === 'zeroed pages') {
    const pages = bytes.length / pageBytes
    for (let n = 0; n <= below(3); n++) {
      const at = below(pages) * pageBytes
      bytes.fill(0, at, at + pageBytes)
    }
  } else {
    const within = kind === 'page 1' ? 600 : bytes.length
    for (let n = 0; n <= below(12); n++) bytes[below(within)] = below(256)
  }
  writeFileSync(file, bytes)
}
