/** Nothing was thinned for so long: the next time is news. */
const quietMs = 3_600_000

/** Adds up what was thinned over the lives of the thread, and says when a person should hear of it. */
export class ThinningWatch {
  readings = 0
  #ofThread = 0
  #lastMs: number | undefined

  /** `readings` since the database was opened, at a monotonic time in ms; true where it began after a pause. */
  hear(readings: number, nowMs: number): boolean {
    const more = readings >= this.#ofThread ? readings - this.#ofThread : readings
    this.#ofThread = readings
    if (more === 0) return false
    this.readings += more
    const isNews = this.#lastMs === undefined || nowMs - this.#lastMs >= quietMs
    if (isNews) this.#lastMs = nowMs
    return isNews
  }
}
