/** Pause before the disk is tried again after `tries` failures in a row: 1 s, doubling, at most 30 s. */
export function retryDelayMs(tries: number): number {
  return Math.min(30_000, 1000 * 2 ** Math.min(Math.max(tries, 1) - 1, 5))
}
