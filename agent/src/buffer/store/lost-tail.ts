import { countSeqs } from '@lineside/contract'
import type { Database } from 'better-sqlite3'
import type { Salvaged } from '../api.ts'
import { rowChecksum } from '../file/checksums.ts'
import type { HighWater } from './high-water.ts'
import { readMeta, writeMeta } from '../file/meta.ts'
import { columnsOf, readStreams } from './streams.ts'
import type { StreamRow } from './streams.ts'

/**
 * Raises the streams of a database to what was written beside it, where its newest commits are gone: what they gave out
 * is then missing like everything that a salvage can't read, and a gap will name it (protocol.md, R4).
 */
export function recoverHighs(db: Database, found: readonly HighWater[], now: number): ReadonlyMap<number, StreamRow> {
  const streams = readStreams(db)
  const byName = new Map([...streams.values()].map(row => [row.stream, row]))
  let nextId = Math.max(0, ...streams.keys()) + 1
  const raised = found.flatMap(({ stream, kind, run, boot, high }): StreamRow[] => {
    const known = byName.get(stream)
    if ((known?.high ?? 0) >= high) return []
    if (known) return [{ ...known, high }]
    const empty = { present: [], readings: 0, bytes: 0 }
    return [{ id: nextId++, stream, kind, run, boot, mintedMs: now, usedMs: now, high, ...empty }]
  })
  if (raised.length === 0) return streams
  db.transaction(() => {
    for (const row of raised) {
      db.prepare(
        `INSERT OR REPLACE INTO streams
           (id, stream, kind, run, boot, minted_ms, used_ms, high, present, readings, bytes, crc)
         VALUES (:id, :stream, :kind, :run, :boot, :minted_ms, :used_ms, :high, :present, :readings, :bytes, :crc)`,
      ).run(columnsOf(row))
      const crc = rowChecksum(row.id, row.high, row.stream)
      const put = 'INSERT OR REPLACE INTO marks (id, high, stream, crc) VALUES (?, ?, ?, ?)'
      db.prepare(put).run(row.id, row.high, row.stream, crc)
    }
    const kept = [...streams.values()].reduce((sum, { present }) => sum + countSeqs(present), 0)
    const missing = raised.reduce((sum, { stream, high }) => sum + high - (byName.get(stream)?.high ?? 0), 0)
    const before = readMeta(db, 'salvaged')
    const what: Salvaged =
      before === undefined
        ? { reason: 'its newest commits are gone', kept, damaged: 0, missing: 0 }
        : JSON.parse(before)
    writeMeta(db, 'salvaged', JSON.stringify({ ...what, missing: what.missing + missing } satisfies Salvaged))
  })()
  return new Map([...streams, ...raised.map(row => [row.id, row] as const)])
}
