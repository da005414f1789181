import type { Value } from '@lineside/contract'
import { formatDuration } from '@lineside/settings'
import { type Detector, type Finding, savedFields, savedNumber } from './detector.ts'

/** How long a condition must last before a finding begins and ends, ms. */
export interface Delays {
  readonly onDelayMs: number
  readonly offDelayMs: number
}

/** A condition that a value is in or not, on one of several sides. */
interface Condition<V extends Value, S extends string> {
  /** The side on which a value is; `held` is that of the finding while there is one. */
  sideOf(value: V, held: S | undefined): S | undefined
  /** The finding that begins; without a value it comes from an earlier run. */
  raised(side: S, value: V | undefined): Finding
  returned(value: V): Finding
  readonly quiet: Finding
  isSide(saved: unknown): saved is S
}

/**
 * The finding begins when every value of the on-delay was on the same side, and ends when every value of the off-delay
 * was on none. A bad reading neither begins nor ends anything; what elapses meanwhile counts once the next value says the
 * same as the last.
 */
export function createDelayed<V extends Value, S extends string>(
  condition: Condition<V, S>,
  { onDelayMs, offDelayMs }: Delays,
  saved: unknown,
  startMs: number,
) {
  const before = savedFields(saved)
  const savedSide = (side: unknown) => (condition.isSide(side) ? side : undefined)
  /** The side of the finding, while it is active. */
  let held = savedSide(before['held'])
  /** The side of the last value, and since when it has been there. */
  let side = savedSide(before['side'])
  let sinceMs = startMs - Math.max(0, savedNumber(before['ageMs']) ?? 0)
  let last: V | undefined
  let finding = held ? condition.raised(held, undefined) : condition.quiet

  function decide(atMs: number): Finding | undefined {
    if (last === undefined) return undefined
    if (side === held) return finding
    if (side && atMs - sinceMs >= onDelayMs) {
      held = side
      finding = condition.raised(side, last)
    } else if (!side && held && atMs - sinceMs >= offDelayMs) {
      held = undefined
      finding = condition.returned(last)
    }
    return finding
  }

  return {
    observe(value, atMs) {
      const now = condition.sideOf(value, held)
      if (now !== side) sinceMs = atMs
      side = now
      last = value
      return decide(atMs)
    },
    missed() {
      last = undefined
    },
    tick: decide,
    snapshot: atMs => ({ held, side, ageMs: Math.round(atMs - sinceMs) }),
  } satisfies Detector<V>
}

/** ` for 10s`, where the condition had to last. */
export function delayWords({ onDelayMs }: Delays): string {
  return onDelayMs > 0 ? ` for ${formatDuration(onDelayMs)}` : ''
}
