import type { Clock, Timer } from '@lineside/contract'

/**
 * The clock by which everything is stamped: the machine's monotonic one, with a zero that is set when more is known.
 * Whoever sets the machine's clock does not move it.
 */
export class StampClock implements Clock {
  readonly #machine: Clock
  #zero: number
  #latest = 0

  /** `zero` is UTC ms at the zero of the monotonic clock. */
  constructor(machine: Clock, zero: number) {
    this.#machine = machine
    this.#zero = zero
  }

  get zero(): number {
    return this.#zero
  }

  /** By a smaller zero it stands still until it is overtaken, unless it may go back. */
  setZero(zero: number, mayGoBack: boolean): void {
    this.#zero = zero
    if (mayGoBack) this.#latest = 0
  }

  now(): number {
    // No time is before 1970 on the wire.
    this.#latest = Math.max(this.#latest, Math.floor(this.#zero + this.#machine.monotonic()))
    return this.#latest
  }

  monotonic(): number {
    return this.#machine.monotonic()
  }

  after(delayMs: number, callback: () => void): Timer {
    return this.#machine.after(delayMs, callback)
  }
}
