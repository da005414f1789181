/** Upper ends of the classes of how late polls begin, ms; one more class has none. */
const lateEndsMs = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 5000] as const

/** Polls since the start that began at most so late. */
export interface LateCount {
  /** Absent: however late. */
  readonly endMs?: number
  readonly polls: number
}

/** How long after they were due the polls of a line began: behind other polls of the line, or in a busy process. */
export class Lateness {
  readonly #counts = new Float64Array(lateEndsMs.length + 1)

  began(lateMs: number): void {
    let at = 0
    while (lateMs > (lateEndsMs[at] ?? Number.POSITIVE_INFINITY)) at++
    this.#counts[at] = (this.#counts[at] ?? 0) + 1
  }

  /** Ascending, each with all those before it. */
  read(): readonly LateCount[] {
    let polls = 0
    return Array.from(this.#counts, (count, at) => {
      const endMs = lateEndsMs[at]
      polls += count
      return endMs === undefined ? { polls } : { endMs, polls }
    })
  }
}
