/** Nobody is told to come later than that; also the way out of a bad guess. */
export const latestMs = 120_000
/** Nobody is told to come sooner. */
export const soonestMs = 1000
const firstGuessMs = 100
/** What one request counts beside all before it. */
const weight = 0.1

/**
 * When those come again that find no room: one after the other, at the pace at which requests are served. Told all the
 * same, a thousand gateways that come back together after an outage would come together again and again, each time with
 * a body that nobody reads.
 */
export interface Appointments {
  /** A request was served in so long, among so many that were under way, itself too. */
  served(durationMs: number, underWay: number): void
  /** How long the next one should wait, in milliseconds. `nowMs` is monotonic. */
  next(nowMs: number): number
}

export function createAppointments(): Appointments {
  let betweenMs = firstGuessMs
  let lastAt = 0
  return {
    served(durationMs, underWay) {
      // Little's law: so many under way, each for so long, are so many a second.
      betweenMs += weight * (durationMs / underWay - betweenMs)
    },
    next(nowMs) {
      lastAt = Math.min(Math.max(lastAt + betweenMs, nowMs + soonestMs), nowMs + latestMs)
      return lastAt - nowMs
    },
  }
}
