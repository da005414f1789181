import type { Counters } from './counters.ts'

/** Stream → seq up to which batches were looked at. */
export type Cursor = Map<number, number>

/** How far back data may be kept, and what is known of it for that; all but the counters may be forgotten at a restart. */
export class Retention {
  readonly counters: Counters
  readonly maxAgeMs: number | undefined
  readonly minFreeBytes: number
  /** Seqs up to which data was looked at, to be thinned and to be let go. */
  readonly thinned: Cursor = new Map()
  readonly shed: Cursor = new Map()
  /** UTC ms of the last look for what is too old. */
  agedAt = 0
  /** Readings that summaries stand for, since this database was opened. */
  readings = 0

  constructor(counters: Counters, maxAgeMs: number | undefined, minFreeBytes: number) {
    this.counters = counters
    this.maxAgeMs = maxAgeMs
    this.minFreeBytes = minFreeBytes
  }

  /** What a transaction did that was undone is to be looked at again. */
  lookAgain(): void {
    this.thinned.clear()
    this.shed.clear()
    this.agedAt = 0
  }
}
