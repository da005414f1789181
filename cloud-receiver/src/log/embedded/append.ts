import type Database from 'better-sqlite3'
import { admitBatch, hasSeq } from '@lineside/contract'
import type { Admitted, IntervalSet, RejectedBatch } from '@lineside/contract'
import type { Committed, CommittedStream, Topic } from '../log.ts'
import { entriesOf, linesOf, plainTopic } from './batch-entries.ts'
import type { StoreBatch, StoreOutcome, StoreRequest } from './messages.ts'
import { prepareStatements } from './statements.ts'
import type { Statements } from './statements.ts'
import { createOpenStreams, createStreamRows } from './stream-rows.ts'
import type { OpenStreams, StreamRow, StreamRows } from './stream-rows.ts'
import { createTopicEnds } from './topic-ends.ts'
import type { TopicEnds } from './topic-ends.ts'

/**
 * Intervals of one stream's set. An agent keeps at most 64 holes; a set is read and written whole with every batch, so
 * one with a million would stop everybody.
 */
export const maxIntervals = 10_000

/** Streams of one gateway that are not complete. An agent makes two a run, and says when they have ended. */
export const maxOpenStreams = 10_000

/** Appends requests; call it inside a transaction, with one object for each transaction. */
export interface Appender {
  append(request: StoreRequest): StoreOutcome
  /** Writes the sets and ends that the requests changed. */
  finish(): void
}

export interface Appending {
  /** A transaction's worth of appending. */
  start(now: number): Appender
  /** The transaction was rolled back. */
  undone(): void
}

/** Prepares the statements once. */
export function prepareAppend(db: Database.Database): Appending {
  const statements = prepareStatements(db)
  const open = createOpenStreams(statements)
  return {
    start(now) {
      const rows = createStreamRows(statements, open)
      const ends = createTopicEnds(statements, now)
      return {
        append: request => appendRequest({ statements, open, rows, ends }, request, now),
        finish() {
          rows.save()
          ends.save()
        },
      }
    },
    undone: () => open.forget(),
  }
}

interface Transaction {
  readonly statements: Statements
  readonly open: OpenStreams
  readonly rows: StreamRows
  readonly ends: TopicEnds
}

function appendRequest(transaction: Transaction, request: StoreRequest, now: number): StoreOutcome {
  const { statements, rows } = transaction
  const gateway = gatewayId(statements, request.gateway)
  const appended = new Set<Topic>()
  const rejected: RejectedBatch[] = []
  const sums = { batches: 0, entries: 0, readings: 0 }
  for (const batch of request.batches) {
    const row = rows.of(gateway, batch.stream)
    if (hasSeq(row.acked, batch.seq)) continue
    const added = appendBatch(transaction, row, batch, appended)
    if (typeof added !== 'number') {
      rejected.push(added)
      continue
    }
    sums.batches++
    sums.entries += added
    sums.readings += batch.readings
  }
  if (sums.batches > 0) statements.saveTotals.run(sums.batches, sums.entries, sums.readings, now, gateway)
  // `low` and `sealed` are kept for diagnosis; they never add to a set (protocol.md, N4 and N5).
  for (const { stream, low, sealed } of request.streams) {
    const row = rows.of(gateway, stream)
    if (low > row.low || (sealed !== undefined && sealed !== row.sealed)) {
      row.low = Math.max(row.low, low)
      row.sealed = sealed ?? row.sealed
      row.changed = true
    }
  }
  const names = new Set([...request.streams, ...request.batches].map(({ stream }) => stream))
  const follows = new Map(request.streams.map(said => [said.stream, said.follows]))
  const streams = [...names].map((stream): CommittedStream => {
    const row = rows.of(gateway, stream)
    const followed = follows.get(stream)
    const beside = followed === undefined ? undefined : rows.follow(row, followed)
    return { stream, acked: row.acked, ...(beside === undefined ? {} : { beside }) }
  })
  const committed: Committed = { rejected, streams, ...sums }
  return { ok: true, committed, appended: [...appended] }
}

function gatewayId({ findGateway, makeGateway }: Statements, name: string): number {
  return findGateway.get(name)?.id ?? Number(makeGateway.run(name).lastInsertRowid)
}

/** Entries that were appended. */
function appendBatch(
  transaction: Transaction,
  row: StreamRow,
  batch: StoreBatch,
  appended: Set<Topic>,
): number | RejectedBatch {
  const { rows, ends } = transaction
  const { stream, seq, text, kinds } = batch
  const of = (name: string) => (name === stream ? row : rows.of(row.gateway, name))
  const topic = plainTopic(batch)
  // Entries that name nothing decide nothing.
  const lines = topic === undefined ? linesOf(batch) : []
  const admitted = admitBatch({ stream, seq, lines, entries: entriesOf(batch, lines) }, name => of(name).acked)
  if (admitted === undefined) return 0
  const message = tooMuch(transaction, row.gateway, admitted)
  if (message !== undefined) return { stream, seq, code: 'too_large', message }
  for (const [name, acked] of admitted.sets) {
    const changed = of(name)
    rows.idOf(changed)
    Object.assign(changed, { acked, changed: true } satisfies { acked: IntervalSet; changed: true })
  }
  const id = rows.idOf(row)
  if (topic !== undefined) {
    ends.writeWhole(topic, id, { seq, count: kinds.length, text })
    appended.add(topic)
    return kinds.length
  }
  for (const written of ends.write(id, seq, admitted.entries)) appended.add(written)
  return admitted.entries.length
}

/** Why the sets would outgrow their bounds, as a sentence for the gateway. */
function tooMuch({ open, rows }: Transaction, gateway: number, { sets }: Admitted): string | undefined {
  const holes = Math.max(...[...sets.values()].map(set => set.length))
  if (holes > maxIntervals) return `the set of a stream would have ${holes} intervals; at most ${maxIntervals}`
  const made = [...sets.keys()].filter(name => rows.of(gateway, name).id === undefined).length
  if (made === 0) return undefined
  const streams = open.count(gateway) + made
  return streams > maxOpenStreams
    ? `the gateway would have ${streams} open streams; at most ${maxOpenStreams}: those that have ended must be sealed and complete`
    : undefined
}
