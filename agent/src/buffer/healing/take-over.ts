import { addRange, countSeqs, hasSeq, subtractSets } from '@lineside/contract'
import SQLite from 'better-sqlite3'
import { maxPoints, renameEncoded } from '../batch/counts.ts'
import { rowChecksum } from '../file/checksums.ts'
import type { Salvaged } from '../api.ts'
import { BufferError } from '../error.ts'
import { readMeta, writeMeta } from '../file/meta.ts'
import { boundQuarantine } from '../store/bound-quarantine.ts'
import type { Store } from '../store/store.ts'
import type { BatchRow } from '../store/rows.ts'
import { columnsOf, commitMark, keyOf, nameOf } from '../store/streams.ts'
import type { StreamRow } from '../store/streams.ts'
import { idsByName, unmerge } from '../store/unmerge.ts'

/**
 * Takes what waits in a database that its path no longer leads to into the one that lies there now, in one transaction.
 * Batches keep their names; what both have is kept once. What can't be read is named by the gap of a salvage, which the
 * next opening writes.
 */
export function takeOver(from: Store, to: Store, reason: string): void {
  to.db.transaction(() => {
    const points = takePoints(from, to)
    const taken = new TakenStreams(from, to)
    taken.takeBatches(points)
    const hasRest = attempt(() => takeRest(from, to))
    taken.write()
    writeMeta(to.db, 'run', String(Math.max(from.run, to.run)))
    const { kept, missing } = taken
    if ((hasRest && missing === 0) || readMeta(to.db, 'salvaged') !== undefined) return
    writeMeta(to.db, 'salvaged', JSON.stringify({ reason, kept, damaged: 0, missing } satisfies Salvaged))
  })()
}

/** The database that is left can't be read there; what goes wrong with the other one is no reason to leave anything out. */
class UnreadableError extends Error {}

function read<T>(work: () => T): T {
  try {
    return work()
  } catch (cause) {
    if (!(cause instanceof SQLite.SqliteError) && !(cause instanceof BufferError)) throw cause
    throw new UnreadableError(cause.message, { cause })
  }
}

function attempt(work: () => void): boolean {
  try {
    work()
    return true
  } catch (error) {
    if (!(error instanceof UnreadableError)) throw error
    return false
  }
}

/** Streams of `from`, by their ids there, as they are in `to`. */
class TakenStreams {
  kept = 0
  /** Could not be read. */
  missing = 0
  readonly #from: Store
  readonly #to: Store
  readonly #rows = new Map<number, StreamRow>()

  constructor(from: Store, to: Store) {
    this.#from = from
    this.#to = to
    const known = new Map([...to.streams.values()].map(row => [row.stream, row]))
    let next = Math.max(0, ...to.streams.keys()) + 1
    for (const row of from.streams.values()) {
      const there = known.get(row.stream) ?? { ...row, id: next++, present: [], readings: 0, bytes: 0 }
      this.#rows.set(row.id, { ...there, high: Math.max(there.high, row.high) })
    }
  }

  /** Counts are renamed by `points`. */
  takeBatches(points: ReadonlyMap<number, number>): void {
    for (const { id, stream, present } of this.#from.streams.values()) {
      for (const [first, last] of present) {
        for (let seq = first; seq <= last; ) {
          const at = seq
          let end = at
          const isRead = attempt(() => {
            const row = read(() => this.#from.rowOf(id, at))
            if (!row) throw new UnreadableError('it is missing')
            end = Math.max(at, row.last)
            this.#take(row, id, stream, points)
          })
          if (!isRead) this.missing += end - at + 1
          seq = end + 1
        }
      }
    }
  }

  write(): void {
    const { sql, db, streams } = this.#to
    for (const row of this.#rows.values()) {
      sql.putStream.run(columnsOf(row))
      sql.putMark.run(row.id, row.high, row.stream, rowChecksum(row.id, row.high, row.stream))
    }
    // By this number the commit under way is in doubt.
    const last = this.#from.lastCommit()
    sql.putMark.run(commitMark, last, '', rowChecksum(commitMark, last, ''))
    // What is minted next follows the newest stream of the agent that runs.
    const newest = [...this.#rows.values()].at(-1)
    if (newest && !streams.has(newest.id)) writeMeta(db, 'newest', newest.stream)
  }

  #take(row: BatchRow, id: number, name: string, points: ReadonlyMap<number, number>): void {
    const { sql } = this.#to
    const names = read(() => this.#from.sql.namesIn.all(row.key, row.key))
    for (const part of this.#missing(row, id, name)) {
      const stream = this.#rows.get(id)
      if (!stream) continue
      const { seq } = nameOf(part.key)
      sql.addBatch.run({ ...part, key: keyOf(stream.id, seq), counts: renameEncoded(part.counts, points) })
      this.kept += part.last - seq + 1
      this.#rows.set(id, {
        ...stream,
        present: addRange(stream.present, seq, part.last),
        readings: stream.readings + part.readings,
        bytes: stream.bytes + part.member.length,
      })
      for (const named of names) {
        const target = this.#rows.get(named.id)
        if (target) sql.addName.run(keyOf(stream.id, seq), target.id, named.first, named.last)
      }
    }
  }

  /** The row, or those of its batches that are not there yet. */
  #missing(row: BatchRow, id: number, stream: string): readonly BatchRow[] {
    const present = this.#rows.get(id)?.present ?? []
    const { seq } = nameOf(row.key)
    if (countSeqs(subtractSets([[seq, row.last]], present)) === row.last - seq + 1) return [row]
    const parts = row.last === seq ? [row] : read(() => unmerge(row, stream, this.#from.points.values()))
    return parts.filter(part => !hasSeq(present, part.last))
  }
}

/** Ids of points in `from` → those of `to`; 0 where there are too many. */
function takePoints(from: Store, to: Store): ReadonlyMap<number, number> {
  const known = idsByName(to.points.values())
  let next = Math.max(0, ...to.points.keys()) + 1
  return new Map(
    [...from.points.values()].map(([id, device, point]) => {
      const there = known.get(`${device}\n${point}`)
      if (there !== undefined || next > maxPoints) return [id, there ?? 0]
      to.sql.addPoint.run(next, device, point)
      return [id, next++]
    }),
  )
}

/** What is kept beside the batches, and what is in quarantine. */
function takeRest(from: Store, to: Store): void {
  const states = from.db.prepare<[], { key: string; value: string; crc: number }>('SELECT * FROM state')
  for (const { key, value, crc } of read(() => states.all())) to.sql.putState.run(key, value, crc)
  const aside = to.db.prepare<object>(
    `INSERT INTO quarantine (stream, seq, last, t, reason, message, readings, member)
     SELECT :stream, :seq, :last, :t, :reason, :message, :readings, :member
     WHERE NOT EXISTS (SELECT 1 FROM quarantine WHERE stream = :stream AND seq = :seq)`,
  )
  for (const row of read(() => from.db.prepare<[], object>('SELECT * FROM quarantine').all())) aside.run(row)
  boundQuarantine(to)
}
