import type { Clock, Timer } from '@lineside/contract'

/** A zero that was believed for a while, in monotonic ms. */
interface EarlierZero {
  readonly zero: number
  readonly fromMs: number
  readonly untilMs: number
}

/** So many are remembered: of what was stamped before, the time is shown as it was stamped. */
const mostEarlier = 16

/**
 * The clock by which everything is stamped: the machine's monotonic one, with a zero that is set when more is known.
 * Whoever sets the machine's clock does not move it.
 */
export class StampClock implements Clock {
  readonly #machine: Clock
  #zero: number
  /** Monotonic ms from which that is the zero. */
  #fromMs: number
  readonly #earlier: EarlierZero[] = []
  #latest = 0

  /** `zero` is UTC ms at the zero of the monotonic clock. */
  constructor(machine: Clock, zero: number) {
    this.#machine = machine
    this.#zero = zero
    this.#fromMs = machine.monotonic()
  }

  get zero(): number {
    return this.#zero
  }

  /** By a smaller zero it stands still until it is overtaken, unless it may go back. */
  setZero(zero: number, mayGoBack: boolean): void {
    const nowMs = this.#machine.monotonic()
    this.#earlier.push({ zero: this.#zero, fromMs: this.#fromMs, untilMs: nowMs })
    if (this.#earlier.length > mostEarlier) this.#earlier.shift()
    this.#fromMs = nowMs
    this.#zero = zero
    if (mayGoBack) this.#latest = 0
  }

  /**
   * What `t`, which this clock gave, is by the present zero. Where the clock went back a time may be one of before or
   * after: then it is left as it is, and so is one that this clock never gave.
   */
  corrected(t: number): number {
    if (t >= Math.floor(this.#zero + this.#fromMs)) return t
    const by = this.#earlier.findLast(
      ({ zero, fromMs, untilMs }) => t >= Math.floor(zero + fromMs) && t <= zero + untilMs,
    )
    return by ? t - by.zero + this.#zero : t
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
