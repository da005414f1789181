import type { IntervalSet } from '@lineside/contract'
import { addRange, emptySet, hasSeq } from '@lineside/contract'
import type { Database, Statement } from 'better-sqlite3'
import type { StreamKind } from './api.ts'
import { startBoot } from './boots.ts'
import type { BootClock } from './boots.ts'
import { rowChecksum } from './checksums.ts'
import type { StreamColumns } from './checksums.ts'
import { CommitJournal } from './commit-journal.ts'
import { maxPoints } from './counts.ts'
import { damageError } from './damage.ts'
import { noDescription } from './description.ts'
import type { Description } from './description.ts'
import { BufferError } from './error.ts'
import type { Totals } from './messages.ts'
import { readMeta, writeMeta } from './meta.ts'
import { lockFolder, openDatabase } from './open-file.ts'
import type { PointId } from './point-ids.ts'
import { commitMark, keyOf, nameOf, readStreams } from './streams.ts'
import type { StreamRow } from './streams.ts'

/** One batch as it is stored. */
export interface BatchRow {
  readonly key: number
  readonly last: number
  /** UTC ms of its commit. */
  readonly t: number
  /** By what its times were taken, where that is not known to be right yet; else 0. */
  readonly clock: number
  readonly entries: number
  readonly readings: number
  readonly text_bytes: number
  readonly crc: number
  readonly counts: Buffer
  readonly member: Buffer
}

/** What a range of batches adds up to. */
export interface RangeSum {
  readonly batches: number
  readonly readings: number
  readonly bytes: number
}

export interface StoreOptions {
  readonly path: string
  readonly gateway: string
  readonly maxSizeBytes: number
  readonly boot: string
  /** UTC ms. */
  readonly now: number
  /** `now` may be years off: nothing is forgotten for its age. */
  readonly isTimeDoubtful?: boolean
  /** Only for proofs: a file for a `CommitJournal`. */
  readonly commitJournal?: string | undefined
}

/** Streams that were emptied long ago are forgotten; a gateway that restarts all the time keeps so many of them. */
const keepStreamsMs = 90 * 86_400_000
const keepStreams = 10_000

/** The database and what is held of it in memory. Only `write` in transaction.ts changes either. */
export class Store implements Disposable {
  readonly gateway: string
  readonly boot: string
  readonly run: number
  readonly db: Database
  readonly limitBytes: number
  readonly points: Map<number, PointId>
  readonly sql: Statements
  readonly journal: CommitJournal | undefined
  streams: ReadonlyMap<number, StreamRow>
  /** Streams of this run, once minted. */
  current: { readonly alarms?: number; readonly data?: number } = {}
  /** See `NewBatch`. */
  epochs: Readonly<Record<StreamKind, number>> = { alarms: 0, data: 0 }
  /** Entries at the head of a new data stream. */
  description: Description = noDescription
  /** Boots in which batches were taken by a doubtful clock. */
  boots: ReadonlyMap<string, BootClock>
  /** What a salvage found, until its gap is committed. */
  salvaged: string | undefined
  readonly #lock: Database

  /** Closes `lock` with itself; where it throws, a BufferError or what SQLite throws, the lock is still held. */
  constructor(options: StoreOptions, lock: Database = lockFolder(options.path)) {
    const { path, gateway, maxSizeBytes, boot, now, commitJournal } = options
    this.#lock = lock
    this.gateway = gateway
    this.boot = boot
    const { db, limitBytes } = openDatabase(path, maxSizeBytes)
    this.db = db
    this.limitBytes = limitBytes
    try {
      this.sql = prepareStatements(db)
      takeName(db, gateway, path)
      const streams = readStreams(db)
      checkNames(this.sql, streams)
      this.streams = forgetOld(db, streams, options.isTimeDoubtful === true ? -Infinity : now)
      this.run = nextRun(db, this.streams)
      this.boots = startBoot(db, this.streams.values(), boot)
      this.salvaged = readMeta(db, 'salvaged')
      const points = db.prepare<[], { id: number; device: string; point: string }>('SELECT * FROM points').all()
      const known = points.filter(({ id }) => id > 0 && id <= maxPoints)
      this.points = new Map(known.map(({ id, device, point }) => [id, [id, device, point]]))
      this.journal = commitJournal === undefined ? undefined : new CommitJournal(commitJournal)
    } catch (error) {
      db.close()
      throw error
    }
  }

  isCurrent(id: number): boolean {
    return this.current.alarms === id || this.current.data === id
  }

  /** Seqs that gaps and summaries in the buffer name, by stream. */
  named(): ReadonlyMap<number, IntervalSet> {
    const sets = new Map<number, IntervalSet>()
    for (const { id, first, last } of this.sql.allNames.iterate()) {
      sets.set(id, addRange(sets.get(id) ?? [], first, last))
    }
    return sets
  }

  /** Pages of the file that hold something, in bytes. */
  usedBytes(): number {
    const pages = Number(this.db.pragma('page_count', { simple: true }))
    const free = Number(this.db.pragma('freelist_count', { simple: true }))
    return (pages - free) * Number(this.db.pragma('page_size', { simple: true }))
  }

  /** The row that holds a batch, alone or with others. */
  rowOf(id: number, seq: number): BatchRow | undefined {
    const row = this.sql.upTo.get(keyOf(id, seq))
    return row && nameOf(row.key).id === id && row.last >= seq ? row : undefined
  }

  /** UTC ms at which a batch was committed. */
  committedAt(key: number): number | undefined {
    return this.sql.committedAt.get(key)
  }

  /** Undefined also where it is no longer as it was written. */
  state(key: string): string | undefined {
    const row = this.sql.state.get(key)
    return row && row.crc === rowChecksum(key, row.value) ? row.value : undefined
  }

  /** Null removes it. Belongs into a transaction. */
  setState(key: string, value: string | null): void {
    if (value === null) this.sql.removeState.run(key)
    else this.sql.putState.run(key, value, rowChecksum(key, value))
  }

  /** Number of the last commit, by any run. */
  lastCommit(): number {
    return this.sql.mark.get(commitMark) ?? 0
  }

  fileTotals(): Pick<Totals, 'fileBytes' | 'quarantined'> {
    const pages = Number(this.db.pragma('page_count', { simple: true }))
    const size = Number(this.db.pragma('page_size', { simple: true }))
    return { fileBytes: pages * size, quarantined: this.sql.quarantined.get() ?? { batches: 0, bytes: 0 } }
  }

  [Symbol.dispose](): void {
    this.journal?.[Symbol.dispose]()
    this.db.close()
    this.#lock.close()
  }
}

export interface Statements {
  readonly rows: Statement<[number, number], BatchRow>
  readonly row: Statement<[number], BatchRow>
  readonly upTo: Statement<[number], BatchRow>
  readonly sizes: Statement<[number, number], { key: number; last: number; bytes: number }>
  readonly sum: Statement<[number, number], RangeSum>
  readonly counts: Statement<[number, number], Buffer>
  readonly namesIn: Statement<[number, number], { id: number; first: number; last: number }>
  readonly allNames: Statement<[], { key: number; id: number; first: number; last: number }>
  readonly committedAt: Statement<[number], number>
  readonly state: Statement<[string], { value: string; crc: number }>
  readonly mark: Statement<[number], number>
  readonly quarantined: Statement<[], { batches: number; bytes: number }>
  readonly addBatch: Statement<[Omit<BatchRow, 'counts' | 'member'> & { counts: Uint8Array; member: Uint8Array }]>
  readonly addName: Statement<[number, number, number, number]>
  readonly remove: Statement<[number, number]>
  readonly removeNames: Statement<[number, number]>
  readonly putStream: Statement<[StreamColumns & { readonly crc: number }]>
  readonly putState: Statement<[string, string, number]>
  readonly removeState: Statement<[string]>
  readonly putMark: Statement<[number, number, string, number]>
  readonly addPoint: Statement<[number, string, string]>
}

function prepareStatements(db: Database): Statements {
  return {
    rows: db.prepare('SELECT * FROM batches WHERE key BETWEEN ? AND ? ORDER BY key'),
    row: db.prepare('SELECT * FROM batches WHERE key = ?'),
    upTo: db.prepare('SELECT * FROM batches WHERE key <= ? ORDER BY key DESC LIMIT 1'),
    sizes: db.prepare('SELECT key, last, length(member) AS bytes FROM batches WHERE key BETWEEN ? AND ? ORDER BY key'),
    sum: db.prepare(
      `SELECT count(*) AS batches, total(readings) AS readings, total(length(member)) AS bytes
       FROM batches WHERE key BETWEEN ? AND ?`,
    ),
    counts: db.prepare<[number, number], Buffer>('SELECT counts FROM batches WHERE key BETWEEN ? AND ?').pluck(),
    namesIn: db.prepare('SELECT id, first, last FROM names WHERE key BETWEEN ? AND ?'),
    allNames: db.prepare('SELECT key, id, first, last FROM names'),
    committedAt: db.prepare<[number], number>('SELECT t FROM batches WHERE key = ?').pluck(),
    state: db.prepare('SELECT value, crc FROM state WHERE key = ?'),
    mark: db.prepare<[number], number>('SELECT high FROM marks WHERE id = ?').pluck(),
    quarantined: db.prepare('SELECT count(*) AS batches, total(length(member)) AS bytes FROM quarantine'),
    addBatch: db.prepare(
      `INSERT INTO batches (key, last, t, clock, entries, readings, text_bytes, crc, counts, member)
       VALUES (:key, :last, :t, :clock, :entries, :readings, :text_bytes, :crc, :counts, :member)`,
    ),
    addName: db.prepare('INSERT INTO names (key, id, first, last) VALUES (?, ?, ?, ?)'),
    remove: db.prepare('DELETE FROM batches WHERE key BETWEEN ? AND ?'),
    removeNames: db.prepare('DELETE FROM names WHERE key BETWEEN ? AND ?'),
    putStream: db.prepare(
      `INSERT OR REPLACE INTO streams
         (id, stream, kind, run, boot, minted_ms, used_ms, high, present, readings, bytes, crc)
       VALUES (:id, :stream, :kind, :run, :boot, :minted_ms, :used_ms, :high, :present, :readings, :bytes, :crc)`,
    ),
    putState: db.prepare('INSERT OR REPLACE INTO state (key, value, crc) VALUES (?, ?, ?)'),
    removeState: db.prepare('DELETE FROM state WHERE key = ?'),
    putMark: db.prepare('INSERT OR REPLACE INTO marks (id, high, stream, crc) VALUES (?, ?, ?, ?)'),
    addPoint: db.prepare('INSERT OR REPLACE INTO points (id, device, point) VALUES (?, ?, ?)'),
  }
}

/** The database belongs to one gateway; another name is taken only when nothing waits (protocol.md, N7). */
function takeName(db: Database, gateway: string, path: string): void {
  const before = readMeta(db, 'gateway')
  if (before === gateway) return
  const batches = Number(db.prepare('SELECT count(*) FROM batches').pluck().get())
  // Rows that were destroyed wait for their gap.
  const owing = Number(db.prepare(`SELECT count(*) FROM streams WHERE present <> '[]'`).pluck().get())
  const waiting = Math.max(batches, owing, readMeta(db, 'salvaged') === undefined ? 0 : 1)
  if (before === undefined && waiting > 0) throw damageError('the name of the gateway is missing')
  if (before !== undefined && waiting > 0) {
    throw new BufferError(
      'gateway_changed',
      `buffer ${path} holds ${waiting} unsent batches of gateway ${before}, this one is ${gateway}`,
      { hint: `start once as gateway ${before} until they are sent, or move ${path} aside` },
    )
  }
  db.transaction(() => {
    // Streams of the other name are unknown under this one: to name them would look like a loss.
    db.exec(`DELETE FROM streams; DELETE FROM marks WHERE id <> ${commitMark}; DELETE FROM names`)
    writeMeta(db, 'gateway', gateway)
  })()
}

/** What can be checked at each start without a walk over all pages; the rest is met when it is sent. */
function checkNames(sql: Statements, streams: ReadonlyMap<number, StreamRow>): void {
  for (const { id, present } of streams.values()) {
    for (const seq of [present[0]?.[0], present.at(-1)?.[1]]) {
      if (seq === undefined) continue
      const row = sql.upTo.get(keyOf(id, seq))
      if (!row || row.key < keyOf(id, 1) || row.last < seq) throw damageError(`batch ${id}/${seq} is missing`)
    }
  }
  for (const { key, id, last } of sql.allNames.iterate()) {
    const { id: by, seq } = nameOf(key)
    const isThere = hasSeq(streams.get(by)?.present ?? emptySet, seq)
    if (!isThere || last > (streams.get(id)?.high ?? 0)) throw damageError(`names of batch ${by}/${seq}`)
  }
}

/** Forgets streams that are empty, named by no gap and unused for long (protocol.md, N3). */
function forgetOld(db: Database, streams: ReadonlyMap<number, StreamRow>, now: number): ReadonlyMap<number, StreamRow> {
  const named = new Set(db.prepare<[], number>('SELECT DISTINCT id FROM names').pluck().all())
  const empty = [...streams.values()].filter(row => row.present.length === 0 && !named.has(row.id))
  const surplus = Math.max(0, streams.size - keepStreams)
  const gone = empty.filter((row, index) => index < surplus || row.usedMs < now - keepStreamsMs)
  if (gone.length === 0) return streams
  db.transaction(() => {
    for (const { id } of gone) {
      db.prepare('DELETE FROM streams WHERE id = ?').run(id)
      db.prepare('DELETE FROM marks WHERE id = ?').run(id)
    }
  })()
  const left = new Map(streams)
  for (const { id } of gone) left.delete(id)
  return left
}

/** Runs and ids of streams only ascend, also after streams were forgotten. */
function nextRun(db: Database, streams: ReadonlyMap<number, StreamRow>): number {
  const stored = Number(readMeta(db, 'run') ?? 0)
  const seen = Math.max(0, ...[...streams.values()].map(row => row.run))
  const run = Math.max(stored, seen) + 1
  writeMeta(db, 'run', String(run))
  return run
}
