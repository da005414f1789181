import {
  addRange,
  countSeqs,
  emptySet,
  isEntry,
  isGap,
  isSummary,
  parseIntervalSet,
  parseJson,
  subtractSets,
} from '@lineside/contract'
import type { Entry, IntervalSet } from '@lineside/contract'
import SQLite from 'better-sqlite3'
import type { Database } from 'better-sqlite3'
import type { Salvaged } from '../api.ts'
import { rowChecksum } from '../file/checksums.ts'
import type { StreamColumns } from '../file/checksums.ts'
import { batchChecksum } from '../batch/crc32c.ts'
import { DamagedSource } from './damaged-source.ts'
import { writeMeta } from '../file/meta.ts'
import { isSoundBatch } from '../store/sound-batch.ts'
import { migrate } from '../file/schema.ts'
import type { BatchRow } from '../store/rows.ts'
import { readMember } from '../batch/stored-text.ts'
import type { StoredBatch } from '../batch/stored-text.ts'
import { columnsOf, commitMark, isSoundMark, isSoundStream, keyOf, nameOf } from '../store/streams.ts'
import type { RawMark, StreamRow } from '../store/streams.ts'

export interface SalvageOptions {
  readonly gateway: string
  readonly reason: string
  /** Where the damaged file lies. */
  readonly folder: string
  /** UTC ms. */
  readonly now: number
}

/**
 * Reads what can be read of a damaged database into a new one: batches whose checksum holds, the names and the
 * greatest seqs of streams found anywhere, and what is kept beside them (protocol.md, R4).
 */
export function salvage(source: string, target: string, { gateway, reason, folder, now }: SalvageOptions): void {
  using from = new DamagedSource(source)
  const to = new SQLite(target)
  try {
    // Worth nothing until it is renamed, and synced before that.
    to.pragma('journal_mode = OFF')
    to.pragma('synchronous = OFF')
    migrate(to)
    to.exec('BEGIN')
    const streams = new FoundStreams()
    from.read<StreamColumns & { crc: number }>('streams', 'id', row => streams.addRow(row))
    from.read<RawMark>('marks', 'id', mark => streams.addMark(mark))
    const kept = copyBatches(from, to, streams)
    for (const row of streams.rows(now)) putStream(to, row)
    putMark(to, commitMark, streams.lastCommit, '')
    copyRest(from, to)
    let run = Math.max(0, ...streams.rows(now).map(row => row.run))
    let before: string | undefined
    from.read<{ key: string; value: string; crc: number }>('meta', 'key', ({ key, value, crc }) => {
      if (crc !== rowChecksum(key, value)) return
      if (key === 'gateway') before = value
      if (key === 'run') run = Math.max(run, Number(value))
      if (key === 'counters') writeMeta(to, key, value)
    })
    writeMeta(to, 'gateway', before ?? streams.gateway ?? gateway)
    writeMeta(to, 'run', String(run))
    writeMeta(
      to,
      'salvaged',
      JSON.stringify({ reason, folder, ...kept, missing: streams.missing() } satisfies Salvaged),
    )
    to.exec('COMMIT')
  } finally {
    to.close()
  }
}

/** What is known of each stream, from three places of which each may be damaged. */
class FoundStreams {
  lastCommit = 0
  gateway: string | undefined
  readonly #rows = new Map<number, StreamColumns>()
  readonly #names = new Map<number, string>()
  readonly #highs = new Map<number, number>()
  readonly #present = new Map<number, { set: IntervalSet; readings: number; bytes: number }>()
  readonly #origins = new Map<number, { boot: string; kind: 'alarms' | 'data' }>()

  addRow(row: StreamColumns & { readonly crc: number }): void {
    if (!isSoundStream(row)) return
    this.#rows.set(row.id, row)
    this.#names.set(row.id, row.stream)
    this.atLeast(row.id, row.high)
  }

  addMark(mark: RawMark): void {
    if (!isSoundMark(mark)) return
    if (mark.id === commitMark) this.lastCommit = mark.high
    else {
      this.#names.set(mark.id, mark.stream)
      this.atLeast(mark.id, mark.high)
    }
  }

  /** The name of a stream that rows of it were checked against. */
  name(id: number): string | undefined {
    return this.#names.get(id)
  }

  /** Nothing more can be learned of it from a batch. */
  isKnown(id: number): boolean {
    return this.gateway !== undefined && (this.#rows.has(id) || this.#origins.has(id))
  }

  idOf(stream: string): number | undefined {
    for (const [id, name] of this.#names) if (name === stream) return id
    return undefined
  }

  learn(id: number, { stream, gateway, boot, lines }: StoredBatch): void {
    this.gateway ??= gateway
    if (!this.#names.has(id)) this.#names.set(id, stream)
    if (!this.#origins.has(id)) {
      this.#origins.set(id, { boot, kind: lines[0]?.startsWith('{"k":"alarm"') === true ? 'alarms' : 'data' })
    }
  }

  /** A seq that was given out. */
  atLeast(id: number, seq: number): void {
    this.#highs.set(id, Math.max(this.#highs.get(id) ?? 0, seq))
  }

  addBatch({ key, last, readings, member }: BatchRow): void {
    const { id, seq } = nameOf(key)
    const known = this.#present.get(id) ?? { set: emptySet, readings: 0, bytes: 0 }
    const set = addRange(known.set, seq, last)
    this.#present.set(id, { set, readings: known.readings + readings, bytes: known.bytes + member.length })
    this.atLeast(id, last)
  }

  *mayBe(): Iterable<number> {
    for (const [id, high] of this.#highs) for (let seq = 1; seq <= high; seq++) yield keyOf(id, seq)
  }

  missing(): number {
    let count = 0
    for (const [id, high] of this.#highs) {
      const row = this.#rows.get(id)
      const waited = row && parseIntervalSet(JSON.parse(row.present))
      const given = waited && row.high < high ? addRange(waited, row.high + 1, high) : waited
      const due = given ?? (high === 0 ? emptySet : [[1, high] as const])
      count += countSeqs(subtractSets(due, this.#present.get(id)?.set ?? emptySet))
    }
    return count
  }

  rows(now: number): readonly StreamRow[] {
    return [...this.#names].map(([id, stream]) => {
      const row = this.#rows.get(id)
      const { boot = stream, kind = 'data' } = this.#origins.get(id) ?? {}
      const { set = emptySet, readings = 0, bytes = 0 } = this.#present.get(id) ?? {}
      return {
        id,
        stream,
        kind: row ? (row.kind === 'alarms' ? 'alarms' : 'data') : kind,
        run: row?.run ?? 0,
        boot: row?.boot ?? boot,
        mintedMs: row?.minted_ms ?? now,
        usedMs: row?.used_ms ?? now,
        high: this.#highs.get(id) ?? 0,
        present: set,
        readings,
        bytes,
      }
    })
  }
}

function copyBatches(from: DamagedSource, to: Database, streams: FoundStreams): Pick<Salvaged, 'kept' | 'damaged'> {
  const put = to.prepare(
    `INSERT OR IGNORE INTO batches (key, last, t, clock, entries, readings, text_bytes, crc, counts, member)
     VALUES (:key, :last, :t, :clock, :entries, :readings, :text_bytes, :crc, :counts, :member)`,
  )
  const putName = to.prepare('INSERT OR IGNORE INTO names (key, id, first, last) VALUES (?, ?, ?, ?)')
  // Gaps may name streams that are met after them.
  const naming: { readonly key: number; readonly entries: readonly Entry[] }[] = []
  let kept = 0
  let damaged = 0
  from.readBatches(
    row => {
      if (!isSound(row, streams)) {
        damaged++
        return
      }
      if (put.run(row).changes === 0) return
      kept += row.last - nameOf(row.key).seq + 1
      streams.addBatch(row)
      // Only batches without readings hold gaps; one whose figures were damaged costs a gap that the receiver cuts.
      const entries = row.readings === 0 ? namingEntries(row) : []
      if (entries.length > 0) naming.push({ key: row.key, entries })
    },
    () => streams.mayBe(),
  )
  for (const { key, entries } of naming) {
    for (const { stream, seqs } of entries.flatMap(entry => (isGap(entry) || isSummary(entry) ? entry.names : []))) {
      const id = streams.idOf(stream)
      if (id === undefined) continue
      for (const [first, last] of seqs) {
        putName.run(key, id, first, last)
        streams.atLeast(id, last)
      }
    }
  }
  return { kept, damaged }
}

/** Whether the row is the batch that it says it is; by its own header where its stream's name was lost. */
function isSound(row: BatchRow, streams: FoundStreams): boolean {
  if (!isSoundBatch(row)) return false
  const { id, seq } = nameOf(row.key)
  const known = streams.name(id)
  if (known !== undefined && streams.isKnown(id)) {
    return batchChecksum(known, seq, row.member, row.last, row.clock) === row.crc
  }
  const first = readMember(row.member)?.[0]
  if (!first || first.seq !== seq || (known ?? first.stream) !== first.stream) return false
  if (batchChecksum(first.stream, seq, row.member, row.last, row.clock) !== row.crc) return false
  streams.learn(id, first)
  return true
}

function namingEntries(row: BatchRow): readonly Entry[] {
  return (readMember(row.member) ?? []).flatMap(({ lines }) =>
    lines.flatMap(line => {
      const entry = line.startsWith('{"k":"gap"') || line.startsWith('{"k":"summary"') ? parseJson(line) : undefined
      return isEntry(entry) ? [entry] : []
    }),
  )
}

function putStream(to: Database, row: StreamRow): void {
  to.prepare(
    `INSERT INTO streams (id, stream, kind, run, boot, minted_ms, used_ms, high, present, readings, bytes, crc)
     VALUES (:id, :stream, :kind, :run, :boot, :minted_ms, :used_ms, :high, :present, :readings, :bytes, :crc)`,
  ).run(columnsOf(row))
  putMark(to, row.id, row.high, row.stream)
}

function putMark(to: Database, id: number, high: number, stream: string): void {
  const crc = rowChecksum(id, high, stream)
  to.prepare('INSERT INTO marks (id, high, stream, crc) VALUES (?, ?, ?, ?)').run(id, high, stream, crc)
}

/** Points, state and quarantine, as far as they can be read. */
function copyRest(from: DamagedSource, to: Database): void {
  const tables = {
    points: { order: 'id', columns: ['id', 'device', 'point'] },
    state: { order: 'key', columns: ['key', 'value', 'crc'] },
    quarantine: { order: 'n', columns: ['n', 'stream', 'seq', 'last', 't', 'reason', 'message', 'readings', 'member'] },
  }
  for (const [table, { order, columns }] of Object.entries(tables)) {
    const values = columns.map(column => `:${column}`).join(', ')
    const put = to.prepare(`INSERT OR IGNORE INTO ${table} (${columns.join(', ')}) VALUES (${values})`)
    from.read<Record<string, unknown>>(table, order, row => {
      try {
        put.run(row)
      } catch (error) {
        // A field of another type than its column's.
        if (!(error instanceof SQLite.SqliteError)) throw error
      }
    })
  }
}
