/** A pending call; `cancel` is harmless when it has run already. */
export interface Timer {
  cancel(): void
}

/** The only source of time. Passed in everywhere, so that tests own it. */
export interface Clock {
  /** UTC milliseconds, an integer. May jump: for what is written down, never for intervals. */
  now(): number
  /** Milliseconds from an arbitrary origin, fractional, never jumping: for intervals, time-outs and back-off. */
  monotonic(): number
  /** Calls back once, `delayMs` of monotonic time from now. */
  after(delayMs: number, callback: () => void): Timer
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(delayMs, callback) {
    const handle = setTimeout(callback, delayMs)
    return { cancel: () => clearTimeout(handle) }
  },
}

/** Resolves after `delayMs`, or at once when the signal aborts; never rejects. */
export function sleep(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    if (signal?.aborted) return resolve()
    const done = () => {
      timer.cancel()
      signal?.removeEventListener('abort', done)
      resolve()
    }
    const timer = clock.after(delayMs, done)
    signal?.addEventListener('abort', done)
  })
}
