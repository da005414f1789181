/**
 * How long each message of one client must wait so that it sends no more than `perSecond` in the long run. What it
 * saved up in one second it may send at once.
 */
export class ClientRate {
  readonly #intervalMs: number
  /** Monotonic time at which the messages so far would have been sent at the even rate. */
  #evenMs = Number.NEGATIVE_INFINITY

  constructor(perSecond: number) {
    this.#intervalMs = 1000 / perSecond
  }

  /** ms until this message may go on; each call is one message. */
  waitMs(nowMs: number): number {
    this.#evenMs = Math.max(nowMs, this.#evenMs) + this.#intervalMs
    return Math.max(0, this.#evenMs - nowMs - 1000)
  }
}
