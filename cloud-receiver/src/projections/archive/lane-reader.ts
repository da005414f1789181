import type { Log } from '../../log/log.ts'
import { lostKey } from './intents.ts'
import type { Lane, Span } from './intents.ts'
import type { ObjectStore } from './object-store.ts'
import { createRange } from './range.ts'
import type { Range, RangeObject } from './range.ts'

export interface LaneReaderOptions {
  readonly log: Log
  readonly store: ObjectStore
  readonly lane: Lane
  /** Hears of records that the log no longer had. */
  readonly lost: (span: Span) => void
}

/** The log as one archiver reads it. */
export interface LaneReader {
  /** Offset behind the last durable record. */
  end(): Promise<number>
  /** Reads [from, to) into `range` until `full`; gives the offset that it came to. */
  readInto(range: Range, from: number, to: number, full: () => boolean): Promise<number>
  /** Offset from which the log can be read: behind `from` where records are gone, which is then recorded. */
  skipLost(from: number, to: number): Promise<number>
  /** The objects of a range that was given up, the same to the byte. */
  build(span: Span): Promise<readonly RangeObject[]>
}

/** Records of one read. */
const chunk = 1000

export function createLaneReader({ log, store, lane, lost }: LaneReaderOptions): LaneReader {
  const { topic, shard } = lane

  async function readInto(range: Range, from: number, to: number, full: () => boolean): Promise<number> {
    let at = from
    while (at < to && !full()) {
      for (const record of await log.read(topic, shard, at, to, chunk)) {
        range.add(record)
        at = record.offset + 1
        if (full()) break
      }
    }
    return at
  }

  async function skipLost(from: number, to: number): Promise<number> {
    const start = Math.min(await log.begin(topic, shard), to)
    if (start <= from) return from
    const span = { first: from, end: start }
    await store.putIfAbsent(lostKey(lane, span), Buffer.from(`${JSON.stringify(span)}\n`))
    lost(span)
    return start
  }

  return {
    end: () => log.end(topic, shard),
    readInto,
    skipLost,
    async build(span) {
      const again = createRange()
      await readInto(again, await skipLost(span.first, span.end), span.end, () => false)
      return again.finish()
    },
  }
}
