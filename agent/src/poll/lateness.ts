/** Upper ends of the classes of how late polls begin, ms; one more class has none. */
const lateEndsMs = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 5000] as const

/** How late the polls of a line began, since the start. */
export interface LateUse {
  /** Ascending, each with all those before it. */
  readonly late: readonly LateCount[]
  /** How late all of them were together, ms. */
  readonly lateMs: number
}

/** Polls that began at most so late. */
export interface LateCount {
  /** Absent: however late. */
  readonly endMs?: number
  readonly polls: number
}

/** How long after they were due the polls of a line began: behind other polls of the line, or in a busy process. */
export class Lateness {
  readonly #counts = new Float64Array(lateEndsMs.length + 1)
  #sumMs = 0

  began(lateMs: number): void {
    this.#sumMs += lateMs
    let at = 0
    while (lateMs > (lateEndsMs[at] ?? Number.POSITIVE_INFINITY)) at++
    this.#counts[at] = (this.#counts[at] ?? 0) + 1
  }

  read(): LateUse {
    let polls = 0
    const late = Array.from(this.#counts, (count, at) => {
      const endMs = lateEndsMs[at]
      polls += count
      return endMs === undefined ? { polls } : { endMs, polls }
    })
    return { late, lateMs: this.#sumMs }
  }
}
