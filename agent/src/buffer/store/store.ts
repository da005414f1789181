import type { BatchRow } from './rows.ts'
import type { IntervalSet } from '@lineside/contract'
import { addRange, emptySet, hasSeq } from '@lineside/contract'
import type { Database } from 'better-sqlite3'
import { join } from 'node:path'
import { noneAcknowledged } from './acknowledged.ts'
import type { Acknowledged } from './acknowledged.ts'
import type { StreamKind } from '../api.ts'
import { startClocks } from './run-clocks.ts'
import type { RunClocks } from './run-clocks.ts'
import { rowChecksum } from '../file/checksums.ts'
import { CommitJournal } from './commit-journal.ts'
import { maxPoints } from '../batch/counts.ts'
import { damageError } from '../file/damage.ts'
import { noDescription } from '../batch/description.ts'
import type { Description } from '../batch/description.ts'
import { takeName } from './gateway-name.ts'
import { fileBytesOf, usedBytesOf } from '../file/file-size.ts'
import { identityOf, isSame } from '../file/same-file.ts'
import type { FileIdentity } from '../file/same-file.ts'
import { HighWaterFile } from './high-water.ts'
import { recoverHighs } from './lost-tail.ts'
import { readMeta, writeMeta } from '../file/meta.ts'
import { newestOf, readLineage } from './lineage.ts'
import type { Lineage } from './lineage.ts'
import { databaseFile, lockFolder, openDatabase } from '../file/open-file.ts'
import type { PointId } from '../batch/point-ids.ts'
import { Counters } from './counters.ts'
import { Retention } from './retention.ts'
import { prepareStatements } from './statements.ts'
import type { Statements } from './statements.ts'
import { commitMark, keyOf, nameOf } from './streams.ts'
import type { StreamRow } from './streams.ts'

export interface StoreOptions {
  readonly path: string
  readonly gateway: string
  readonly maxSizeBytes: number
  readonly boot: string
  /** UTC ms. */
  readonly now: number
  /** `now` may be years off: nothing is forgotten for its age. */
  readonly isTimeDoubtful?: boolean
  /** Data that has waited for longer goes; absent: none for its age. */
  readonly maxAgeMs?: number | undefined
  /** The buffer doesn't grow while its file system has less free; 0 by default. */
  readonly minFreeBytes?: number | undefined
  /** Names the machine; absent: it can't be told from others. */
  readonly machine?: string | undefined
  /** Only for proofs: a file for a `CommitJournal`. */
  readonly commitJournal?: string | undefined
}

export interface FileTotals {
  readonly fileBytes: number
  readonly quarantined: { readonly batches: number; readonly bytes: number }
}

/** Streams that were emptied long ago are forgotten; a gateway that restarts all the time keeps so many of them. */
const keepStreamsMs = 90 * 86_400_000
const keepStreams = 10_000

/**
 * The database and what is held of it in memory. Only `write` in transaction.ts changes either; what receipts cover may
 * be taken out of memory first (acknowledged.ts).
 */
export class Store implements Disposable {
  readonly path: string
  readonly gateway: string
  readonly boot: string
  readonly run: number
  readonly db: Database
  readonly limitBytes: number
  readonly points: Map<number, PointId>
  readonly sql: Statements
  readonly journal: CommitJournal | undefined
  readonly retention: Retention
  readonly highWater: HighWaterFile
  streams: ReadonlyMap<number, StreamRow>
  acknowledged: Acknowledged = noneAcknowledged
  /** Streams of this run, once minted. */
  current: { readonly alarms?: number; readonly data?: number } = {}
  /** See `NewBatch`. */
  epochs: Readonly<Record<StreamKind, number>> = { alarms: 0, data: 0 }
  /** Entries at the head of a new data stream. */
  description: Description = noDescription
  /** Of runs in which batches were taken by a doubtful clock. */
  clocks: RunClocks
  lineage: Lineage
  /** Batches that were not corrected because it led to impossible times, and nobody was told yet. */
  unlikely = 0
  /** What a salvage found, until its gap is committed. */
  salvaged: string | undefined
  /** The file was used by another machine before, and nobody was told yet. */
  isMoved: boolean
  readonly #lock: Database
  readonly #file: FileIdentity | undefined

  /** Closes `lock` with itself; where it throws, a BufferError or what SQLite throws, the lock is still held. */
  constructor(options: StoreOptions, lock: Database = lockFolder(options.path)) {
    const { path, gateway, maxSizeBytes, boot, now, commitJournal } = options
    this.#lock = lock
    this.path = path
    this.gateway = gateway
    this.boot = boot
    const { db, limitBytes } = openDatabase(path, maxSizeBytes)
    this.db = db
    this.limitBytes = limitBytes
    this.#file = identityOf(join(path, databaseFile))
    try {
      this.sql = prepareStatements(db)
      takeName(db, gateway, path)
      this.highWater = new HighWaterFile(path, gateway)
      const streams = recoverHighs(db, this.highWater.found, now)
      checkNames(this.sql, streams)
      this.streams = forgetOld(db, streams, options.isTimeDoubtful === true ? -Infinity : now)
      this.run = nextRun(db, this.streams)
      this.clocks = startClocks(db, this.streams.values(), boot)
      this.lineage = readLineage(db, this.streams)
      this.salvaged = readMeta(db, 'salvaged')
      this.isMoved = noteMachine(db, options.machine)
      const counters = new Counters(readMeta(db, 'counters'))
      this.retention = new Retention(counters, options.maxAgeMs, options.minFreeBytes ?? 0)
      const points = db.prepare<[], { id: number; device: string; point: string }>('SELECT * FROM points').all()
      const known = points.filter(({ id }) => id > 0 && id <= maxPoints)
      this.points = new Map(known.map(({ id, device, point }) => [id, [id, device, point]]))
      this.journal = commitJournal === undefined ? undefined : new CommitJournal(commitJournal)
      this.highWater.write(this.streams.values())
    } catch (error) {
      db.close()
      throw error
    }
  }

  /** Takes over what the lines of device entries say, for new streams and for what is kept longest. */
  describe(description: Description): void {
    this.description = description
    const { counters } = this.retention
    const before = counters.text()
    counters.describe(
      description.lines,
      [...this.streams.values()].every(({ present }) => present.length === 0),
    )
    if (counters.text() !== before) writeMeta(this.db, 'counters', counters.text())
  }

  /** Its path no longer leads to it: something was mounted over the folder, or the folder was removed or replaced. */
  get isHidden(): boolean {
    return !isSame(this.#file, identityOf(join(this.path, databaseFile)))
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
    return usedBytesOf(this.db)
  }

  /** The row that begins with a batch, while it waits. */
  row(key: number): BatchRow | undefined {
    const { id, seq } = nameOf(key)
    const isGone = hasSeq(this.acknowledged.names.get(id) ?? emptySet, seq)
    return isGone ? undefined : this.sql.row.get(key)
  }

  /** First and last seq of the row that holds a batch, alone or with others. */
  spanOf(id: number, seq: number): { readonly first: number; readonly last: number } | undefined {
    const span = this.sql.span.get(keyOf(id, seq))
    const name = nameOf(span?.key ?? 0)
    return span && name.id === id && span.last >= seq ? { first: name.seq, last: span.last } : undefined
  }

  /** That row, with its member. */
  rowOf(id: number, seq: number): BatchRow | undefined {
    const span = this.spanOf(id, seq)
    return span && this.sql.row.get(keyOf(id, span.first))
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

  fileTotals(): FileTotals {
    return { fileBytes: fileBytesOf(this.db), quarantined: this.sql.quarantined.get() ?? { batches: 0, bytes: 0 } }
  }

  [Symbol.dispose](): void {
    this.journal?.[Symbol.dispose]()
    this.highWater[Symbol.dispose]()
    this.db.close()
    this.#lock.close()
  }
}

/** Whether another machine used the file before this one. */
function noteMachine(db: Database, machine: string | undefined): boolean {
  const before = readMeta(db, 'machine')
  if (machine === undefined || machine === before) return false
  writeMeta(db, 'machine', machine)
  return before !== undefined
}

/** What can be checked at each start without a walk over all pages; the rest is met when it is sent. */
function checkNames(sql: Statements, streams: ReadonlyMap<number, StreamRow>): void {
  for (const { id, present } of streams.values()) {
    for (const seq of [present[0]?.[0], present.at(-1)?.[1]]) {
      if (seq === undefined) continue
      const row = sql.span.get(keyOf(id, seq))
      if (!row || row.key < keyOf(id, 1) || row.last < seq) throw damageError(`batch ${id}/${seq} is missing`)
    }
  }
  for (const { key, id, last } of sql.allNames.iterate()) {
    const { id: by, seq } = nameOf(key)
    const isThere = hasSeq(streams.get(by)?.present ?? emptySet, seq)
    if (!isThere || last > (streams.get(id)?.high ?? 0)) throw damageError(`names of batch ${by}/${seq}`)
  }
}

/** Forgets streams that are empty, named by no gap and unused for long (protocol.md, N3); never the newest (N8). */
function forgetOld(db: Database, streams: ReadonlyMap<number, StreamRow>, now: number): ReadonlyMap<number, StreamRow> {
  const named = new Set(db.prepare<[], number>('SELECT DISTINCT id FROM names').pluck().all())
  const newest = newestOf(streams)
  const empty = [...streams.values()].filter(row => row.present.length === 0 && !named.has(row.id) && row !== newest)
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
