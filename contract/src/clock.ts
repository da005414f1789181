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
  after: (delayMs, callback) => waitInSteps(delayMs, callback, setTimeout, clearTimeout),
}

/** The longest that setTimeout can wait, some 24.8 days; a longer wait would end at once. */
const longestTimeoutMs = 2 ** 31 - 1

/** A timer that may be longer than the runtime's own. */
export function waitInSteps<H>(
  delayMs: number,
  callback: () => void,
  start: (callback: () => void, delayMs: number) => H,
  stop: (handle: H) => void,
): Timer {
  let left = delayMs
  let handle = next()
  function next(): H {
    const step = Math.min(left, longestTimeoutMs)
    left -= step
    return start(() => {
      if (left > 0) handle = next()
      else callback()
    }, step)
  }
  return { cancel: () => stop(handle) }
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
