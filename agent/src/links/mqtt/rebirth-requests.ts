import type { Clock, Timer } from '@lineside/contract'
import { type BackoffPolicy, backoffDelay } from '../../poll/backoff.ts'

/** Births of a node with a thousand metrics are not for nothing: one request in 5 s, fewer where none helps. */
const backoff: BackoffPolicy = { baseMs: 10_000, maxMs: 300_000 }

/** Asks a node for its births, and not too often. */
export class RebirthRequests {
  readonly #clock: Clock
  readonly #random: () => number
  readonly #send: (reason: string) => void
  #attempt = 0
  #allowedMs = 0
  #timer: Timer | undefined

  constructor(clock: Clock, random: () => number, send: (reason: string) => void) {
    this.#clock = clock
    this.#random = random
    this.#send = send
  }

  /** At once, or as soon as it may be; `spreadMs`: after a random part of this, where many nodes are asked. */
  ask(reason: string, spreadMs = 0): void {
    const waitMs = Math.max(this.#allowedMs - this.#clock.monotonic(), this.#random() * spreadMs)
    if (waitMs <= 0) return this.#now(reason)
    this.#timer ??= this.#clock.after(waitMs, () => this.#now(reason))
  }

  /** The node gave its births. */
  born(): void {
    this.#attempt = 0
    this.stop()
  }

  stop(): void {
    this.#timer?.cancel()
    this.#timer = undefined
  }

  #now(reason: string): void {
    this.stop()
    this.#allowedMs = this.#clock.monotonic() + backoffDelay(backoff, this.#attempt++, this.#random)
    this.#send(reason)
  }
}
