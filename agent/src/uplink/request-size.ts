const smallest = 64 * 1024
/** Measured after a day offline: four times as much is no faster, and lies in memory several times over. */
const largest = 1024 * 1024
/** A request should not take longer than this: an alarm waits for the one before it. */
const targetMs = 4000

/** Size of the first request, before anything is known about the line. */
export const firstRequestBytes = 256 * 1024

/** Size of the next request, after one of `sentBytes` took `elapsedMs` under the limit `current`. */
export function nextRequestBytes(current: number, sentBytes: number, elapsedMs: number): number {
  const rate = sentBytes / Math.max(elapsedMs, 1)
  const fits = Math.min(largest, Math.max(smallest, rate * targetMs))
  if (elapsedMs > targetMs) return Math.floor(Math.min(current, fits))
  // A request that was small because there was little to send says nothing about what the line can take.
  if (sentBytes < current / 2) return current
  return Math.floor(Math.min(current * 2, Math.max(current, fits)))
}

/** Size of the next request after one got no answer or was too large. */
export function smallerRequestBytes(current: number): number {
  return Math.max(smallest, Math.floor(current / 2))
}
