/** When the losses of a receiver were last reported, and how long until they may be again. */
export interface LossPace {
  /** By the machine's monotonic clock. */
  readonly atMs: number
  readonly waitMs: number
}

const shortestMs = 60_000
const longestMs = 3_600_000

/** How long until losses may be reported (again), ms; 0: now. A loss stays one, so that waiting costs nothing. */
export function untilReport(pace: LossPace | undefined, nowMs: number): number {
  return pace === undefined ? 0 : Math.max(0, pace.atMs + pace.waitMs - nowMs)
}

/**
 * After a report. A receiver whose sets don't take what its gap names seems to lose the same for ever: the wait grows
 * from a minute to an hour, and begins anew once a wait as long again has passed without a loss.
 */
export function reportedAt(pace: LossPace | undefined, nowMs: number): LossPace {
  const isSoon = pace !== undefined && nowMs - pace.atMs < 2 * pace.waitMs
  return { atMs: nowMs, waitMs: isSoon ? Math.min(2 * pace.waitMs, longestMs) : shortestMs }
}
