import { isUuid } from '@lineside/contract'
import type { Database } from 'better-sqlite3'
import { rowChecksum } from '../file/checksums.ts'
import { readMeta } from '../file/meta.ts'
import type { StreamRow } from './streams.ts'

/** What is known of a stream's place in the history of its database (protocol.md, N8). */
export interface Descent {
  /** The stream that was minted last before it. */
  readonly follows: string
  /** Others that follow the same one, as receipts said: each was told of. */
  readonly besides: readonly string[]
}

/** Which stream of the database follows which. */
export interface Lineage {
  /** What the next stream follows; undefined in a new database, and where the last one may have been lost. */
  readonly newest: string | undefined
  /** By stream; without those that follow none. */
  readonly descents: ReadonlyMap<string, Descent>
}

const prefix = 'follows:'

/** Of the state in which it is kept. */
export function descentKey(stream: string): string {
  return prefix + stream
}

/** A stream has as many others beside it as copies of its database were started; the newest are remembered. */
const mostBesides = 16

/** Reads it, and forgets what is kept of streams that are gone. */
export function readLineage(db: Database, streams: ReadonlyMap<number, StreamRow>): Lineage {
  const names = new Set([...streams.values()].map(({ stream }) => stream))
  const rows = db
    .prepare<[string], { key: string; value: string; crc: number }>('SELECT * FROM state WHERE key GLOB ?')
    .all(`${prefix}*`)
  const descents = new Map<string, Descent>()
  for (const { key, value, crc } of rows) {
    const stream = key.slice(prefix.length)
    const [follows = '', ...besides] = value.split(' ')
    if (names.has(stream) && crc === rowChecksum(key, value) && isUuid(follows))
      descents.set(stream, { follows, besides })
    else db.prepare('DELETE FROM state WHERE key = ?').run(key)
  }
  // Where they differ one was minted by an agent that didn't keep it, or was lost with the newest commits: to follow an
  // earlier one would look like a copy.
  const newest = readMeta(db, 'newest')
  return { newest: newest === newestOf(streams)?.stream ? newest : undefined, descents }
}

export function newestOf(streams: ReadonlyMap<number, StreamRow>): StreamRow | undefined {
  return streams.get(Math.max(...streams.keys()))
}

/** The same with one more beside a stream; undefined where that was told of, or follows nothing. */
export function withBeside(descent: Descent | undefined, beside: string): Descent | undefined {
  if (!descent || descent.besides.includes(beside)) return undefined
  return { ...descent, besides: [...descent.besides, beside].slice(-mostBesides) }
}
