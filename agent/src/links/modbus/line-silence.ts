/**
 * A connection is given up when this much silence has gathered, with not one answer of any unit in between. One
 * time-out alone says only that a unit is silent, and the other units behind a gateway keep their connection.
 */
const silenceLimit = 10
/** Two time-outs of units that have answered on this connection are enough. */
const silenceOfKnown = 5
/** Of a unit that never has, perhaps because it is dead, it takes five. */
const silenceOfUnknown = 2

/** Tells a line on which one unit is dead from one on which nobody is there any more. */
export class LineSilence {
  readonly #heardOf = new Set<number>()
  #silence = 0
  #unanswered = 0

  /** Nobody answers any more: a new connection is worth trying. */
  get isComplete(): boolean {
    return this.#silence >= silenceLimit
  }

  get text(): string {
    return `${this.#unanswered} requests in a row without an answer`
  }

  unanswered(unitId: number): void {
    this.#silence += this.#heardOf.has(unitId) ? silenceOfKnown : silenceOfUnknown
    this.#unanswered++
  }

  answered(unitId: number): void {
    this.broken()
    this.#heardOf.add(unitId)
  }

  /** Something came, from whomever. */
  broken(): void {
    this.#silence = 0
    this.#unanswered = 0
  }

  /** There is a new connection. */
  reset(): void {
    this.broken()
    this.#heardOf.clear()
  }
}
