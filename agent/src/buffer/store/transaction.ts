import { addRange, subtractSets } from '@lineside/contract'
import type { IntervalSet } from '@lineside/contract'
import { noneAcknowledged } from './acknowledged.ts'
import type { MomentClock, StreamKind } from '../api.ts'
import { clockState, runKey } from './run-clocks.ts'
import type { RunClock } from './run-clocks.ts'
import { describing } from '../batch/description.ts'
import type { JournaledBatch } from './commit-journal.ts'
import { rowChecksum } from '../file/checksums.ts'
import { addCounts } from '../batch/counts.ts'
import type { Counts } from '../batch/counts.ts'
import { LineageDraft } from './lineage-draft.ts'
import { linesOf } from '../batch/line-block.ts'
import type { Names, NewBatch } from '../batch/new-batch.ts'
import type { PointId } from '../batch/point-ids.ts'
import { mergedRow, newRow } from './rows.ts'
import type { Store } from './store.ts'
import type { BatchRow, RangeSum } from './rows.ts'
import { columnsOf, keyOf, nameOf } from './streams.ts'
import type { StreamRow } from './streams.ts'
import { unmerge } from './unmerge.ts'

/** What a transaction is given from outside. */
export interface Moment {
  /** UTC ms. */
  readonly now: number
  /** Unused UUIDs, as many as streams may be minted at once. */
  readonly ids: readonly string[]
  /** Absent: right. */
  readonly clock?: MomentClock
}

/** What left the buffer, and what it stood for (protocol.md, G2). */
export interface Removed extends RangeSum {
  readonly names: Names
  readonly counts: Counts
}

/** Writes in one transaction; streams in memory change only when it is on the disk. */
export function write<T>(store: Store, moment: Moment, work: (draft: Draft) => T): T {
  const draft = new Draft(store, moment)
  store.db.exec('BEGIN IMMEDIATE')
  try {
    draft.takeOutAcknowledged()
    const result = work(draft)
    draft.flush()
    store.db.exec('COMMIT')
    draft.adopt()
    if (draft.isRaised) store.highWater.write(store.streams.values())
    store.journal?.add(draft.inserted)
    return result
  } catch (error) {
    if (store.db.inTransaction) store.db.exec('ROLLBACK')
    store.retention.lookAgain()
    throw error
  }
}

/** Streams and points as they will be when the transaction is on the disk. */
export class Draft {
  readonly now: number
  /** Filled only where a journal is kept. */
  readonly inserted: JournaledBatch[] = []
  /** False: `now` may be years off. */
  readonly isTimeCertain: boolean
  /** Seqs were given out. */
  isRaised = false
  readonly lineage: LineageDraft
  /** Batches whose correction would have led to impossible times. */
  unlikely = 0
  readonly #store: Store
  readonly #ids: readonly string[]
  readonly #changed = new Map<number, StreamRow>()
  #current: Store['current']
  readonly #points: PointId[] = []
  readonly #clocks = new Map<string, RunClock>()
  readonly #zero: number | undefined
  readonly #clock: number
  readonly #epochs: Record<StreamKind, number>

  constructor(store: Store, moment: Moment) {
    this.#store = store
    this.now = moment.now
    this.#ids = moment.ids
    this.#current = store.current
    this.lineage = new LineageDraft(store)
    this.#zero = moment.clock?.zero
    this.#clock = moment.clock === undefined || moment.clock.certain ? 0 : moment.clock.zero
    this.isTimeCertain = this.#clock === 0
    this.#epochs = { ...store.epochs }
  }

  streams(): readonly StreamRow[] {
    const rows = [...this.#store.streams.values()].map(row => this.#changed.get(row.id) ?? row)
    return [...rows, ...[...this.#changed.values()].filter(row => !this.#store.streams.has(row.id))]
  }

  stream(id: number): StreamRow | undefined {
    return this.#changed.get(id) ?? this.#store.streams.get(id)
  }

  /** First of all, so that what follows meets no row that counts as gone. */
  takeOutAcknowledged(): void {
    const { acknowledged, streams, sql } = this.#store
    for (const [id, set] of acknowledged.names) {
      for (const [from, to] of set) sql.remove.run(keyOf(id, from), keyOf(id, to))
      const row = streams.get(id)
      if (row) this.#changed.set(id, { ...row, usedMs: this.now })
    }
  }

  /** The streams of this run take no more batches; the next batch mints new ones (protocol.md, N6). */
  retireStreams(): void {
    this.#current = {}
  }

  definePoints(points: readonly PointId[]): void {
    for (const point of points) this.#store.sql.addPoint.run(...point)
    this.#points.push(...points)
  }

  /** Adds a batch to the stream of this run and returns its key. */
  insert(batch: NewBatch): number {
    const { kind, epoch = 0, clock = this.#clock } = batch
    if (epoch > this.#epochs[kind]) {
      this.#epochs[kind] = epoch
      const { [kind]: _ended, ...others } = this.#current
      this.#current = others
    }
    const row = this.#streamFor(kind)
    const seq = row.high + 1
    const key = keyOf(row.id, seq)
    const { gateway } = this.#store
    const facts = { ...batch, key, t: batch.t ?? this.#nowBy(clock), clock }
    const added = newRow({ gateway, stream: row.stream, seq, boot: row.boot }, facts)
    if (this.#store.journal) this.inserted.push({ stream: row.stream, seq, lines: linesOf(batch.text) })
    this.#store.sql.addBatch.run(added)
    for (const [id, set] of batch.names ?? []) {
      for (const [first, last] of set) this.#store.sql.addName.run(key, id, first, last)
    }
    this.#changed.set(row.id, {
      ...row,
      high: seq,
      usedMs: this.now,
      present: addRange(row.present, seq, seq),
      readings: row.readings + batch.readings,
      bytes: row.bytes + added.member.length,
    })
    if (clock !== 0) this.#noteClock(clock)
    return key
  }

  /** Gives out a seq for what was never stored, so that a gap can name it. */
  skip(kind: StreamKind): { readonly id: number; readonly seq: number } {
    const row = this.#streamFor(kind)
    this.#changed.set(row.id, { ...row, high: row.high + 1, usedMs: this.now })
    return { id: row.id, seq: row.high + 1 }
  }

  /** Joins sound rows that follow each other into one; what they are called and what they hold stays the same. */
  merge(rows: readonly BatchRow[]): void {
    const [head] = rows
    if (!head) return
    const { id } = nameOf(head.key)
    const merged = mergedRow(rows, this.stream(id)?.stream ?? '')
    if (!merged) return
    const { sql } = this.#store
    sql.remove.run(head.key, keyOf(id, merged.last))
    sql.addBatch.run(merged)
    this.#resize(id, merged.member.length - rows.reduce((sum, row) => sum + row.member.length, 0))
  }

  /** Gives each batch of a row a row of its own. */
  unmerge(row: BatchRow): void {
    if (row.last > nameOf(row.key).seq) this.replace(row, this.parts(row))
  }

  /** Its batches, each as a row of its own. */
  parts(row: BatchRow): readonly BatchRow[] {
    const stream = this.stream(nameOf(row.key).id)?.stream ?? ''
    return unmerge(row, stream, [...this.#store.points.values(), ...this.#points])
  }

  /** Puts other rows that hold the same batches in the place of one. */
  replace(row: BatchRow, rows: readonly BatchRow[]): void {
    const { sql } = this.#store
    sql.remove.run(row.key, row.key)
    for (const part of rows) sql.addBatch.run(part)
    this.#resize(nameOf(row.key).id, rows.reduce((sum, part) => sum + part.member.length, 0) - row.member.length)
  }

  /** Keeps what the clock of a run was found to be. */
  setClock(key: string, clock: RunClock): void {
    this.#store.setState(...clockState(key, clock))
    this.#clocks.set(key, clock)
  }

  #noteClock(zero: number): void {
    const key = runKey(this.#store)
    const known = this.#clocks.get(key) ?? this.#store.clocks.get(key)
    if (known === undefined || (known.state === 'open' && known.zero !== zero))
      this.setClock(key, { state: 'open', zero })
  }

  /** This moment by the clock that a batch was taken by, which may have been set since. */
  #nowBy(clock: number): number {
    return clock === 0 ? this.now : Math.max(0, this.now + clock - (this.#zero ?? clock))
  }

  /** Takes a range of present batches out, whole pages at a time where they lie together. */
  remove(id: number, from: number, to: number): Removed {
    const { sql } = this.#store
    for (const seq of [from, to + 1]) {
      const isCut = (this.#store.spanOf(id, seq)?.first ?? seq) < seq
      const shared = isCut ? this.#store.rowOf(id, seq) : undefined
      if (shared) this.unmerge(shared)
    }
    const row = this.stream(id)
    const keys = [keyOf(id, from), keyOf(id, to)] as const
    const sum = sql.sum.get(...keys) ?? { batches: 0, readings: 0, bytes: 0 }
    const counts: Counts = new Map()
    for (const bytes of sql.counts.iterate(...keys)) addCounts(counts, bytes)
    const names = new Map<number, IntervalSet>()
    for (const name of sql.namesIn.iterate(...keys)) {
      names.set(name.id, addRange(names.get(name.id) ?? [], name.first, name.last))
    }
    sql.remove.run(...keys)
    if (names.size > 0) sql.removeNames.run(...keys)
    if (row) {
      this.#changed.set(id, {
        ...row,
        usedMs: this.now,
        present: subtractSets(row.present, [[from, to]]),
        readings: Math.max(0, row.readings - sum.readings),
        bytes: Math.max(0, row.bytes - sum.bytes),
      })
    }
    return { ...sum, counts, names }
  }

  /** Device and point of an id, also of one defined in this transaction. */
  point(id: number): PointId | undefined {
    return this.#store.points.get(id) ?? this.#points.find(point => point[0] === id)
  }

  mark(id: number, high: number, stream: string): void {
    this.#store.sql.putMark.run(id, high, stream, rowChecksum(id, high, stream))
  }

  flush(): void {
    const { sql, streams } = this.#store
    for (const row of this.#changed.values()) {
      sql.putStream.run(columnsOf(row))
      if (row.high === streams.get(row.id)?.high) continue
      this.mark(row.id, row.high, row.stream)
      this.isRaised = true
    }
  }

  adopt(): void {
    this.#store.acknowledged = noneAcknowledged
    this.#store.current = this.#current
    this.#store.epochs = this.#epochs
    this.#store.lineage = this.lineage.next
    if (this.#clocks.size > 0) this.#store.clocks = new Map([...this.#store.clocks, ...this.#clocks])
    this.#store.unlikely += this.unlikely
    if (this.#changed.size > 0) this.#store.streams = new Map([...this.#store.streams, ...this.#changed])
    for (const point of this.#points) this.#store.points.set(point[0], point)
  }

  #resize(id: number, byBytes: number): void {
    const row = this.stream(id)
    if (row) this.#changed.set(id, { ...row, bytes: Math.max(0, row.bytes + byBytes) })
  }

  #streamFor(kind: StreamKind): StreamRow {
    const id = this.#current[kind]
    const row = id === undefined ? undefined : this.stream(id)
    return row ?? this.#mint(kind)
  }

  #mint(kind: StreamKind): StreamRow {
    // One moment may serve two transactions, as after a salvage: what the first one took is no longer unused.
    const taken = new Set(this.streams().map(row => row.stream))
    const stream = this.#ids.find(id => !taken.has(id))
    if (stream === undefined) throw new RangeError(`no unused id left for a new stream of ${kind}`)
    const id = Math.max(0, ...this.#store.streams.keys(), ...this.#changed.keys()) + 1
    const { run, boot, description } = this.#store
    const empty = { high: 0, present: [], readings: 0, bytes: 0 }
    const row: StreamRow = { id, stream, kind, run, boot, mintedMs: this.now, usedMs: this.now, ...empty }
    this.#changed.set(id, row)
    this.#current = { ...this.#current, [kind]: id }
    this.lineage.minted(stream)
    if (kind === 'data') for (const batch of describing(description)) this.insert(batch)
    return this.stream(id) ?? row
  }
}
