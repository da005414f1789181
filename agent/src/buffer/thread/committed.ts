import type { BufferStats } from '../api.ts'
import type { CommitResult } from '../commit.ts'
import type { PendingBatch } from './pending.ts'

/** What commits of this run came to. */
export class Committed {
  #batches = 0
  #entries = 0
  #readings = 0
  #bytes = 0
  #evicted = { batches: 0, readings: 0 }

  add(batches: readonly PendingBatch[], { bytes, evicted }: CommitResult): void {
    this.#batches += batches.length
    this.#bytes += bytes
    for (const { entries, readings } of batches) {
      this.#entries += entries
      this.#readings += readings
    }
    this.#evicted = {
      batches: this.#evicted.batches + evicted.batches,
      readings: this.#evicted.readings + evicted.readings,
    }
  }

  stats(): Pick<BufferStats, 'committed' | 'evicted'> {
    const committed = { batches: this.#batches, entries: this.#entries, readings: this.#readings, bytes: this.#bytes }
    return { committed, evicted: this.#evicted }
  }
}
