const leastBytes = 64 * 1024
/** A request of the backlog is not larger than what its rate allows in this time. */
const burstMs = 10_000

/** When the backlog may be sent again after `bytes` of it went out, in monotonic ms; `rate` is in bytes a second. */
export function nextBacklogAt(before: number, nowMs: number, bytes: number, rate: number | undefined): number {
  return rate === undefined ? nowMs : Math.max(before, nowMs) + (bytes * 1000) / rate
}

/** Largest request while the backlog is part of it. */
export function backlogRequestBytes(maxBytes: number, rate: number | undefined): number {
  return rate === undefined ? maxBytes : Math.min(maxBytes, Math.max(leastBytes, (rate * burstMs) / 1000))
}
