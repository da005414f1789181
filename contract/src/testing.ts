import { type Clock, systemClock, type Timer } from './clock.ts'

interface Pending {
  readonly due: number
  readonly order: number
  readonly callback: () => void
}

/** A clock that moves only when a test says so. */
export class FakeClock implements Clock {
  #elapsed = 0
  #offset: number
  #order = 0
  readonly #pending = new Set<Pending>()

  constructor(startMs = 1_763_700_000_000) {
    this.#offset = startMs
  }

  now(): number {
    return Math.floor(this.#offset + this.#elapsed)
  }

  monotonic(): number {
    return this.#elapsed
  }

  after(delayMs: number, callback: () => void): Timer {
    const pending: Pending = { due: this.#elapsed + Math.max(0, delayMs), order: this.#order++, callback }
    this.#pending.add(pending)
    return { cancel: () => void this.#pending.delete(pending) }
  }

  /** Number of timers that wait. */
  get timers(): number {
    return this.#pending.size
  }

  /** Moves the wall clock alone, as a time service or a person would. */
  jump(ms: number): void {
    this.#offset += ms
  }

  /** Lets `ms` pass: runs what falls due in order, and gives promises time to settle in between. */
  async advance(ms: number): Promise<void> {
    const end = this.#elapsed + ms
    await settle()
    for (;;) {
      const next = this.#next(end)
      if (!next) break
      this.#pending.delete(next)
      this.#elapsed = Math.max(this.#elapsed, next.due)
      next.callback()
      await settle()
    }
    this.#elapsed = end
  }

  #next(end: number): Pending | undefined {
    let first: Pending | undefined
    for (const p of this.#pending) {
      if (p.due > end) continue
      if (!first || p.due < first.due || (p.due === first.due && p.order < first.order)) first = p
    }
    return first
  }
}

/** Lets everything that waits for a promise go on. */
async function settle(): Promise<void> {
  for (let i = 0; i < 5; i++) await new Promise<void>(resolve => setImmediate(resolve))
}

/** Seeded random numbers in [0, 1) (mulberry32): the same seed gives the same run. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** The system's clock, which counts the timers that wait. */
export function countingClock(): Clock & { waiting(): number } {
  const pending = new Set<object>()
  return {
    waiting: () => pending.size,
    now: () => systemClock.now(),
    monotonic: () => systemClock.monotonic(),
    after(delayMs, callback) {
      const handle = {}
      pending.add(handle)
      const timer = systemClock.after(delayMs, () => {
        pending.delete(handle)
        callback()
      })
      return {
        cancel() {
          pending.delete(handle)
          timer.cancel()
        },
      }
    },
  }
}
