import type { Talker } from './talker.ts'

/** A device that talks by itself is stale after this many of its intervals, and never before `leastSilenceMs`. */
const silentIntervals = 5
const leastSilenceMs = 10_000

/** Silence after which a device that is expected every `everyMs` counts as stale, ms. */
export function silenceAfter(everyMs: number): number {
  return Math.max(leastSilenceMs, silentIntervals * everyMs)
}

/**
 * Lets those go that have been silent for too long; `why` is what is known of the way to them, `hint` what may be wrong
 * where the way is there.
 */
export function dropSilent(talkers: Iterable<Talker>, nowMs: number, why: string | undefined, hint = ''): void {
  for (const talker of talkers) {
    if (talker.silentAtMs > nowMs) continue
    talker.gone(why ?? `stale: no message for ${Math.round(talker.silentAfterMs / 1000)} s${talker.damage}${hint}`)
  }
}
