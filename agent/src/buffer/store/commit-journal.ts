import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs'

/** A batch as it was committed. */
export interface JournaledBatch {
  readonly stream: string
  readonly seq: number
  readonly lines: readonly string[]
  /** Its times were corrected before its first sending (protocol.md, C1). */
  readonly corrected?: true
}

/**
 * Writes down what each transaction committed, one JSON line a batch, on the disk before anything of it can be sent.
 * Only for proofs, which compare it with what arrived: it grows without limit and doubles the cost of a commit.
 */
export class CommitJournal implements Disposable {
  readonly #file: number

  constructor(path: string) {
    this.#file = openSync(path, 'a', 0o600)
  }

  add(batches: readonly JournaledBatch[]): void {
    if (batches.length === 0) return
    writeSync(this.#file, batches.map(batch => `${JSON.stringify(batch)}\n`).join(''))
    fsyncSync(this.#file)
  }

  [Symbol.dispose](): void {
    closeSync(this.#file)
  }
}
