export const backoffBaseMs = 1000
export const backoffCapMs = 5 * 60_000
/** Longest wait that anybody who answers can ask for: what is left of the bound is for jitter. */
export const retryAfterCapMs = 4 * 60_000

/**
 * Wait before the next try after `failures` failures in a row, ≥ 1: full jitter, any time up to a ceiling that
 * grows by half from 1 s to 5 min, so that a short outage is followed by a short wait. It comes on top of what the
 * receiver asked for, up to 4 min, and is 5 min at most with it: those that it sent away together should not come back
 * together, and a portal that answers in its place can't keep alarms for longer than an outage does.
 */
export function backoffMs(failures: number, random: () => number, askedMs = 0): number {
  const ceiling = Math.min(backoffCapMs, backoffBaseMs * 1.5 ** Math.min(Math.max(failures - 1, 0), 30))
  const asked = Math.min(Math.max(askedMs, 0), retryAfterCapMs)
  return asked + random() * Math.min(ceiling, backoffCapMs - asked)
}

/** Reads a Retry-After header, seconds or a date (RFC 9110, section 10.2.3); undefined where it is neither. */
export function parseRetryAfter(header: string | undefined, nowMs: number): number | undefined {
  if (header === undefined) return undefined
  const text = header.trim()
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000
  const date = Date.parse(text)
  return Number.isNaN(date) ? undefined : Math.max(0, date - nowMs)
}
