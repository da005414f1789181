import type { Clock, Timer } from '@lineside/contract'

/** Fewer unacknowledged messages than this stop no known broker. */
const leastWindow = 10
/** Silence after which a broker that has more to send is taken to hold back, ms. */
const quietMs = 20

/**
 * Brokers hold back after so many unacknowledged messages, Mosquitto's MQTT 3.1.1 after 20: waiting for the next commit
 * would be 20 messages a second. When so many wait and none came for 20 ms a commit is asked for; a number at which
 * the broker stopped before is known, and not waited for again until more came.
 */
export class EarlyCommit {
  readonly #clock: Clock
  readonly #hurry: () => void
  #window = Number.POSITIVE_INFINITY
  #waiting = 0
  #arrivedMs = 0
  #timer: Timer | undefined
  count = 0

  constructor(clock: Clock, hurry: () => void) {
    this.#clock = clock
    this.#hurry = hurry
  }

  /** A message came; so many wait with it. */
  arrived(waiting: number): void {
    this.#waiting = waiting
    if (waiting < leastWindow) return
    if (waiting > this.#window) this.#window = Number.POSITIVE_INFINITY
    if (waiting === this.#window) return this.#now()
    this.#arrivedMs = this.#clock.monotonic()
    this.#timer ??= this.#clock.after(quietMs, () => this.#quiet())
  }

  /** Messages were acknowledged; so many still wait. */
  acknowledged(waiting: number): void {
    this.#waiting = waiting
    if (waiting < leastWindow) this.stop()
  }

  stop(): void {
    this.#timer?.cancel()
    this.#timer = undefined
  }

  #quiet(): void {
    this.#timer = undefined
    const left = this.#arrivedMs + quietMs - this.#clock.monotonic()
    if (left > 0) this.#timer = this.#clock.after(left, () => this.#quiet())
    else {
      this.#window = this.#waiting
      this.#now()
    }
  }

  #now(): void {
    this.stop()
    this.count++
    this.#hurry()
  }
}
