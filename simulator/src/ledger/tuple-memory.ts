/** Tuples that one point set of one device remembers: some 40 bytes each, so at most 80 MB. */
const defaultLimit = 1_000_000

/**
 * Remembers which tuples were given, by their hashes. It holds at least the last `limit` and at most twice as many:
 * when the newer half is full the older one is forgotten, and with it the promise that those never come again.
 */
export class TupleMemory {
  readonly #limit: number
  #newer = new Set<number>()
  #older = new Set<number>()
  #forgotten = 0

  constructor(limit = defaultLimit) {
    this.#limit = limit
  }

  /** Tuples that were forgotten. */
  get forgotten(): number {
    return this.#forgotten
  }

  /** False where the tuple was given before. */
  add(hash: number): boolean {
    if (this.#newer.has(hash) || this.#older.has(hash)) return false
    if (this.#newer.size >= this.#limit) {
      this.#forgotten += this.#older.size
      this.#older = this.#newer
      this.#newer = new Set()
    }
    this.#newer.add(hash)
    return true
  }
}
