import type { Interval, RejectedBatch } from '@lineside/contract'

export const topics = ['samples', 'events'] as const
/** Which of the two topics an entry belongs to: samples, summaries, devices | alarms, gaps, states, unknown kinds. */
export type Topic = (typeof topics)[number]

/** The topic of an entry's kind. */
export function topicOf(kind: string): Topic {
  return kind === 'sample' || kind === 'summary' || kind === 'device' ? 'samples' : 'events'
}

/** One batch as ingest hands it over: decoded, checked, not yet stored. */
export interface IncomingBatch {
  readonly stream: string
  readonly seq: number
  /** The kind of each entry. */
  readonly kinds: readonly string[]
  /** Some of the entries are passed on from other batches, and fall away where those have arrived (protocol.md, G5). */
  readonly passesOn: boolean
  /** The entries' JSON lines as they came, same order and number, joined by `\n`, as bytes; `commit` may take them away. */
  readonly text: Uint8Array
  /** Readings in the batch's samples, bad ones too: for the totals. */
  readonly readings: number
}

export interface IncomingStream {
  readonly stream: string
  readonly low: number
  readonly sealed?: number
  /** The stream that it follows in the gateway's database (protocol.md, N8). */
  readonly follows?: string
}

/** What one stream is answered. */
export interface CommittedStream {
  readonly stream: string
  /** Its whole set. */
  readonly acked: readonly Interval[]
  /** Another stream of the gateway that follows the same one: two databases go on from there (protocol.md, N8). */
  readonly beside?: string
}

/** All that one request brings for one gateway. */
export interface Incoming {
  readonly gateway: string
  readonly streams: readonly IncomingStream[]
  readonly batches: readonly IncomingBatch[]
}

/** What one request is answered. */
export interface Committed {
  /** Batches that the log can't hold, each left out alone (protocol.md, R1). */
  readonly rejected: readonly RejectedBatch[]
  /** Every stream that it named or carried. */
  readonly streams: readonly CommittedStream[]
  /** New batches, entries and readings, for the metrics; a duplicate adds nothing. */
  readonly batches: number
  readonly entries: number
  readonly readings: number
}

/** What the log holds of one gateway since its first batch. */
export interface Totals {
  readonly batches: number
  /** Entries appended: without the gaps that were cut away whole. */
  readonly entries: number
  readonly readings: number
  /** UTC ms at which the last batch came that was new. */
  readonly received: number
}

/** One entry in the log, in the order of its offset. */
export interface LogRecord {
  readonly offset: number
  readonly gateway: string
  readonly stream: string
  readonly seq: number
  readonly idx: number
  /** UTC ms at the receiver. */
  readonly received: number
  /** The entry's JSON. */
  readonly json: string
}

export interface TrimBounds {
  /** Offset that nothing at or behind it goes. */
  readonly before: number
  /** UTC ms; what came then or later stays. */
  readonly receivedBefore?: number
}

/**
 * The one place where exactly-once is decided. Embedded: SQLite. Kafka: one transaction over topic and ledger.
 *
 * Delivery guarantees: `commit` resolves after its entries are durable and in the same transaction as the set that
 * names them; on rejection nothing of the request is stored. A batch whose seq is in the set changes nothing.
 * Batches of one request, and of requests that wait at the same time, may share a transaction.
 */
export interface Log extends AsyncDisposable {
  /** Minted when the log is made or restored (protocol.md, T2); part of every archive name. */
  readonly incarnation: string
  readonly shards: number
  shardOf(gateway: string): number
  /** Rejects with ReceiverError `log_failed`, which is worth a retry. */
  commit(incoming: Incoming): Promise<Committed>
  /** Offset behind the last durable record of one topic and shard. */
  end(topic: Topic, shard: number): Promise<number>
  /** First offset still there. */
  begin(topic: Topic, shard: number): Promise<number>
  /**
   * Records of [from, to) in order, at most about `limit`, at least one unless none is left; `from` below `begin`
   * starts at `begin`.
   */
  read(topic: Topic, shard: number, from: number, to: number, limit: number): Promise<readonly LogRecord[]>
  /** Drops some of the oldest records that lie before a bound; gives how many, 0 when nothing may go. */
  trim(topic: Topic, shard: number, bounds: TrimBounds): Promise<number>
  /** What all that it holds takes on the disk, in bytes; undefined where the log bounds itself, as Kafka does. */
  bytes(): Promise<number | undefined>
  /** What is stored of a gateway; undefined when nothing ever came. */
  totals(gateway: string): Promise<Totals | undefined>
  /** Calls back when records have come, whoever appended them; returns the way to stop it. */
  onAppend(listener: (topic: Topic, shard: number) => void): () => void
  /** Settles with the reason once the log can no longer serve; a process that sees it ends and is started again. */
  readonly failed: Promise<Error>
}
