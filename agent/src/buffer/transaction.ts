import { addRange, encodeMember, limits, stringifyJson, subtractSets, unionSets } from '@lineside/contract'
import type { Entry, IntervalSet } from '@lineside/contract'
import { gunzipSync, gzipSync } from 'node:zlib'
import type { StreamKind } from './api.ts'
import type { JournaledBatch } from './commit-journal.ts'
import { rowChecksum } from './checksums.ts'
import { addCounts, encodeCounts } from './counts.ts'
import type { Counts } from './counts.ts'
import { batchChecksum } from './crc32c.ts'
import type { PointId } from './point-ids.ts'
import type { BatchRow, RangeSum, Store } from './store.ts'
import { columnsOf, keyOf, nameOf } from './streams.ts'
import type { StreamRow } from './streams.ts'
import { unmerge } from './unmerge.ts'

/** What a transaction is given from outside. */
export interface Moment {
  /** UTC ms. */
  readonly now: number
  /** Unused UUIDs, as many as streams may be minted at once. */
  readonly ids: readonly string[]
}

/** What goes into one batch. */
export interface NewBatch {
  readonly kind: StreamKind
  readonly lines: readonly string[]
  readonly readings: number
  readonly counts: Uint8Array
  /** What its gaps and summaries stand for. */
  readonly names?: Names
}

/** Seqs by id of the stream. */
export type Names = ReadonlyMap<number, IntervalSet>

/** What left the buffer, and what it stood for (protocol.md, G2). */
export interface Removed extends RangeSum {
  readonly names: Names
  readonly counts: Counts
}

// Measured on lines of 5 to 25 points: from 128 KiB on level 6 costs three times the time of level 4 for a seventh less.
const bigText = 128 * 1024
// Measured on a day at 1,000 readings a second: level 6 to 7 saves 2 %, 7 to 8 another 6 % at four times the time.
const mergedLevel = 7

/** Writes in one transaction; streams in memory change only when it is on the disk. */
export function write<T>(store: Store, moment: Moment, work: (draft: Draft) => T): T {
  const draft = new Draft(store, moment)
  store.db.exec('BEGIN IMMEDIATE')
  try {
    const result = work(draft)
    draft.flush()
    store.db.exec('COMMIT')
    draft.adopt()
    store.journal?.add(draft.inserted)
    return result
  } catch (error) {
    if (store.db.inTransaction) store.db.exec('ROLLBACK')
    throw error
  }
}

/** Streams and points as they will be when the transaction is on the disk. */
export class Draft {
  readonly now: number
  /** Filled only where a journal is kept. */
  readonly inserted: JournaledBatch[] = []
  readonly #store: Store
  readonly #ids: readonly string[]
  readonly #changed = new Map<number, StreamRow>()
  #current: Store['current']
  readonly #points: PointId[] = []

  constructor(store: Store, moment: Moment) {
    this.#store = store
    this.now = moment.now
    this.#ids = moment.ids
    this.#current = store.current
  }

  streams(): readonly StreamRow[] {
    const rows = [...this.#store.streams.values()].map(row => this.#changed.get(row.id) ?? row)
    return [...rows, ...[...this.#changed.values()].filter(row => !this.#store.streams.has(row.id))]
  }

  stream(id: number): StreamRow | undefined {
    return this.#changed.get(id) ?? this.#store.streams.get(id)
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
    const row = this.#streamFor(batch.kind)
    const seq = row.high + 1
    const key = keyOf(row.id, seq)
    const { gateway } = this.#store
    const text = encodeMember({ gateway, stream: row.stream, seq, boot: row.boot }, batch.lines)
    const member = gzipSync(text, { level: text.length < bigText ? 6 : 4 })
    if (this.#store.journal) this.inserted.push({ stream: row.stream, seq, lines: batch.lines })
    this.#store.sql.addBatch.run({
      key,
      last: seq,
      t: this.now,
      entries: batch.lines.length,
      readings: batch.readings,
      text_bytes: Buffer.byteLength(text),
      crc: batchChecksum(row.stream, seq, member),
      counts: batch.counts,
      member,
    })
    for (const [id, set] of batch.names ?? []) {
      for (const [first, last] of set) this.#store.sql.addName.run(key, id, first, last)
    }
    this.#changed.set(row.id, {
      ...row,
      high: seq,
      usedMs: this.now,
      present: addRange(row.present, seq, seq),
      readings: row.readings + batch.readings,
      bytes: row.bytes + member.length,
    })
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
    const tail = rows.at(-1)
    if (!head || !tail) return
    const { id, seq } = nameOf(head.key)
    const { sql } = this.#store
    const stream = this.stream(id)?.stream ?? ''
    const text = Buffer.concat(rows.map(row => gunzipSync(row.member)))
    const member = gzipSync(text, { level: mergedLevel })
    if (member.length > limits.memberBytes) return
    const counts: Counts = new Map()
    for (const row of rows) addCounts(counts, row.counts)
    sql.remove.run(head.key, tail.key)
    sql.addBatch.run({
      key: head.key,
      last: tail.last,
      t: head.t,
      entries: rows.reduce((sum, row) => sum + row.entries, 0),
      readings: rows.reduce((sum, row) => sum + row.readings, 0),
      text_bytes: text.length,
      crc: batchChecksum(stream, seq, member, tail.last),
      counts: encodeCounts(counts),
      member,
    })
    this.#resize(id, member.length - rows.reduce((sum, row) => sum + row.member.length, 0))
  }

  /** Gives each batch of a row a row of its own. */
  unmerge(row: BatchRow): void {
    if (row.last === nameOf(row.key).seq) return
    const { id } = nameOf(row.key)
    const { sql, points } = this.#store
    const rows = unmerge(row, this.stream(id)?.stream ?? '', [...points.values(), ...this.#points])
    sql.remove.run(row.key, row.key)
    for (const part of rows) sql.addBatch.run(part)
    this.#resize(id, rows.reduce((sum, part) => sum + part.member.length, 0) - row.member.length)
  }

  /** Takes a range of present batches out, whole pages at a time where they lie together. */
  remove(id: number, from: number, to: number): Removed {
    const { sql } = this.#store
    for (const seq of [from, to + 1]) {
      const shared = this.#store.rowOf(id, seq)
      if (shared && nameOf(shared.key).seq < seq) this.unmerge(shared)
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
      if (row.high !== streams.get(row.id)?.high) this.mark(row.id, row.high, row.stream)
    }
  }

  adopt(): void {
    this.#store.current = this.#current
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
    if (kind === 'data') {
      for (const lines of chunksOf(description)) this.insert({ kind, lines, readings: 0, counts: new Uint8Array() })
    }
    return this.stream(id) ?? row
  }
}

/** Largest text of one batch: even where nothing can be compressed the member stays within its limit. */
export const maxBatchText = 250 * 1024

/** Lines in as many lists as batches are needed for them. */
function chunksOf(lines: readonly string[]): readonly (readonly string[])[] {
  const chunks: string[][] = []
  let size = maxBatchText
  for (const line of lines) {
    if (size + line.length > maxBatchText) {
      chunks.push([])
      size = 0
    }
    chunks.at(-1)?.push(line)
    size += line.length + 1
  }
  return chunks
}

/** A batch of one or several entries that the buffer itself has to say. */
export function ownBatch(kind: StreamKind, entries: readonly Entry[], more: Partial<NewBatch> = {}): NewBatch {
  return { kind, lines: entries.map(stringifyJson), readings: 0, counts: encodeCounts(new Map()), ...more }
}

export function mergeSets(target: Map<number, IntervalSet>, more: Names): void {
  for (const [id, set] of more) target.set(id, unionSets(target.get(id) ?? [], set))
}
