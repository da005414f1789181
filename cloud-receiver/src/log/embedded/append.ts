import { zstdCompressSync } from 'node:zlib'
import type Database from 'better-sqlite3'
import { admitBatch, hasSeq, isEntry, parseIntervalSet, parseJson } from '@lineside/contract'
import type { Entry, IntervalSet, RejectedBatch } from '@lineside/contract'
import { topicOf, topics } from '../log.ts'
import type { Committed, Topic } from '../log.ts'
import type { StoreBatch, StoreOutcome, StoreRequest } from './messages.ts'

/**
 * Intervals of one stream's set. An agent keeps at most 64 holes; a set is read and written whole with every batch, so
 * one with a million would stop everybody.
 */
export const maxIntervals = 10_000

interface StreamRow {
  readonly id: number
  acked: IntervalSet
  low: number
  sealed: number | undefined
  changed: boolean
}

interface Part {
  readonly lines: string[]
  readonly idx: number[]
}

/** Appends requests; call it inside a transaction, with one object for each transaction. */
export interface Appender {
  append(request: StoreRequest): StoreOutcome
  /** Writes the sets and ends that the requests changed. */
  finish(): void
}

/**
 * Prepares the statements once; the function it gives starts a transaction's worth of appending. Sets are read within
 * the transaction and never kept, so that nothing has to be undone after a rollback.
 */
export function prepareAppend(db: Database.Database): (now: number) => Appender {
  const insert = {
    samples: db.prepare('insert into samples values (?, ?, ?, ?, ?, ?, ?)'),
    events: db.prepare('insert into events values (?, ?, ?, ?, ?, ?, ?)'),
  }
  const findGateway = db.prepare<[string], { id: number }>('select id from gateways where name = ?')
  const makeGateway = db.prepare<[string]>('insert into gateways (name) values (?)')
  const findStream = db.prepare<[number, string], { id: number; acked: string; low: number; sealed: number | null }>(
    'select id, acked, low, sealed from streams where gateway = ? and name = ?',
  )
  const makeStream = db.prepare<[number, string]>(`insert into streams (gateway, name, acked) values (?, ?, '[]')`)
  const saveStream = db.prepare('update streams set acked = ?, low = ?, sealed = ? where id = ?')
  const saveTotals = db.prepare(
    'update gateways set batches = batches + ?, entries = entries + ?, readings = readings + ?, received = ? where id = ?',
  )
  const findEnds = db.prepare<[], { topic: Topic; end: number }>('select topic, "end" from ends')
  const saveEnd = db.prepare('update ends set "end" = ? where topic = ?')

  function gatewayId(name: string): number {
    return findGateway.get(name)?.id ?? Number(makeGateway.run(name).lastInsertRowid)
  }

  return now => {
    const ends: Record<Topic, number> = { samples: 0, events: 0 }
    for (const row of findEnds.all()) ends[row.topic] = row.end
    const before = { ...ends }
    const streams = new Map<string, StreamRow>()

    function streamOf(gateway: number, name: string): StreamRow {
      const key = `${gateway} ${name}`
      const known = streams.get(key)
      if (known) return known
      const found = findStream.get(gateway, name)
      const row: StreamRow = found
        ? {
            id: found.id,
            acked: readSet(found.acked),
            low: found.low,
            sealed: found.sealed ?? undefined,
            changed: false,
          }
        : {
            id: Number(makeStream.run(gateway, name).lastInsertRowid),
            acked: [],
            low: 1,
            sealed: undefined,
            changed: false,
          }
      streams.set(key, row)
      return row
    }

    function appendBatch(
      gateway: number,
      row: StreamRow,
      batch: StoreBatch,
      appended: Set<Topic>,
    ): number | RejectedBatch {
      const { stream, seq, lines } = batch
      const have = (name: string) => (name === stream ? row : streamOf(gateway, name)).acked
      const admitted = admitBatch({ stream, seq, lines, entries: entriesOf(batch) }, have)
      if (admitted === undefined) return 0
      const holes = Math.max(...[...admitted.sets.values()].map(set => set.length))
      if (holes > maxIntervals) {
        const message = `the set of a stream would have ${holes} intervals; at most ${maxIntervals}`
        return { stream, seq, code: 'too_large', message }
      }
      for (const [name, acked] of admitted.sets) Object.assign(streamOf(gateway, name), { acked, changed: true })
      const parts: Record<Topic, Part> = { samples: { lines: [], idx: [] }, events: { lines: [], idx: [] } }
      for (const { idx, entry, line } of admitted.entries) {
        const part = parts[topicOf(entry.k)]
        part.lines.push(line)
        part.idx.push(idx)
      }
      for (const topic of topics) {
        const part = parts[topic]
        if (part.lines.length === 0) continue
        const places = part.idx.every((place, i) => place === i) ? null : JSON.stringify(part.idx)
        const body = zstdCompressSync(part.lines.join('\n'))
        insert[topic].run(ends[topic], part.lines.length, row.id, seq, now, places, body)
        ends[topic] += part.lines.length
        appended.add(topic)
      }
      return admitted.entries.length
    }

    return {
      append(request) {
        const gateway = gatewayId(request.gateway)
        const appended = new Set<Topic>()
        const rejected: RejectedBatch[] = []
        let batches = 0
        let entries = 0
        let readings = 0
        for (const batch of request.batches) {
          const row = streamOf(gateway, batch.stream)
          if (hasSeq(row.acked, batch.seq)) continue
          const added = appendBatch(gateway, row, batch, appended)
          if (typeof added !== 'number') {
            rejected.push(added)
            continue
          }
          entries += added
          readings += batch.readings
          batches++
        }
        if (batches > 0) saveTotals.run(batches, entries, readings, now, gateway)
        // `low` and `sealed` are kept for diagnosis; they never add to a set (protocol.md, N4 and N5).
        for (const { stream, low, sealed } of request.streams) {
          const row = streamOf(gateway, stream)
          if (low > row.low || (sealed !== undefined && sealed !== row.sealed)) {
            row.low = Math.max(row.low, low)
            row.sealed = sealed ?? row.sealed
            row.changed = true
          }
        }
        const names = new Set([...request.streams, ...request.batches].map(({ stream }) => stream))
        const committed: Committed = {
          rejected,
          streams: [...names].map(stream => ({ stream, acked: streamOf(gateway, stream).acked })),
          batches,
          entries,
          readings,
        }
        return { ok: true, committed, appended: [...appended] }
      },
      finish() {
        for (const row of streams.values()) {
          if (row.changed) saveStream.run(JSON.stringify(row.acked), row.low, row.sealed ?? null, row.id)
        }
        for (const topic of topics) {
          if (ends[topic] !== before[topic]) saveEnd.run(ends[topic], topic)
        }
      },
    }
  }
}

function readSet(text: string): IntervalSet {
  const set = parseIntervalSet(JSON.parse(text))
  if (set === undefined) throw new Error('a stored interval set is damaged')
  return set
}

const sampleEntry: Entry = { k: 'sample' }
const eventEntry: Entry = { k: 'event' }

/** Only gaps and summaries are looked into; of the others the topic suffices. */
function entriesOf({ kinds, lines }: StoreBatch): readonly Entry[] {
  return lines.map((line, idx) => {
    const kind = kinds[idx]
    return kind === 's' ? sampleEntry : kind === 'e' ? eventEntry : parseEntry(line)
  })
}

/** Ingest has checked the line; here it only becomes an entry again. */
function parseEntry(line: string): Entry {
  const value = parseJson(line)
  if (!isEntry(value)) throw new Error('an unchecked entry came to the log')
  return value
}
