import type { Names } from '../batch/new-batch.ts'

/** Batches that count as gone and whose rows are on the disk until the next transaction takes them out. */
export interface Acknowledged {
  readonly names: Names
  /** Compressed. */
  readonly bytes: number
}

export const noneAcknowledged: Acknowledged = { names: new Map(), bytes: 0 }
