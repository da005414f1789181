import { type Saved, savedAge, savedNumber } from './detector.ts'
import type { Moments } from './moments.ts'
import { createRollingWindow } from './rolling-window.ts'

/** A rolling window whose time stands still while readings are beyond: they are not learnt, and push out no usual ones. */
export interface HeldWindow {
  /** Moments of what was learnt; read them, don't keep them. */
  at(atMs: number): Readonly<Moments>
  /** Readings learnt since it was last empty. */
  readonly learnt: number
  /** It stands still from now on, if it doesn't already; for how long it has, ms. */
  hold(atMs: number): number
  /** Its time goes on, and it takes a reading in. */
  learn(value: number, atMs: number): void
  clear(): void
  snapshot(atMs: number): Saved
}

/** Goes on from `before` (what `snapshot` gave) where that is of a window as long. */
export function createHeldWindow(windowMs: number, before: Saved, startMs: number): HeldWindow {
  const window = createRollingWindow(windowMs, before['window'], startMs)
  const isSame = window.at(startMs).count > 0
  let learnt = isSame ? (savedNumber(before['learnt']) ?? 0) : 0
  let sinceMs = isSame ? savedAge(before['beyondAgeMs'], startMs) : undefined
  /** How long it stood still before `sinceMs`: its own time is behind by that. */
  let heldMs = sinceMs === undefined ? 0 : sinceMs - startMs

  const time = (atMs: number) => (sinceMs ?? atMs) - heldMs

  return {
    at(atMs) {
      const moments = window.at(time(atMs))
      if (moments.count === 0) learnt = 0
      return moments
    },
    get learnt() {
      return learnt
    },
    hold(atMs) {
      sinceMs ??= atMs
      return atMs - sinceMs
    },
    learn(value, atMs) {
      if (sinceMs !== undefined) heldMs += atMs - sinceMs
      sinceMs = undefined
      window.learn(value, time(atMs))
      learnt++
    },
    clear() {
      window.clear()
      learnt = 0
    },
    snapshot: atMs => ({
      learnt,
      beyondAgeMs: sinceMs === undefined ? undefined : Math.round(atMs - sinceMs),
      window: window.snapshot(time(atMs)),
    }),
  }
}
