import type { Value } from '@lineside/contract'

/** What a detector thinks of one point. The same object is returned for as long as it thinks the same. */
export interface Finding {
  readonly active: boolean
  /** Why, in words: value against limit, or against mean and spread of a window. */
  readonly text: string
  /** The reading that decided. */
  readonly value?: number
  /** What the value was held against, in the point's unit. */
  readonly limit?: number
}

/**
 * Watches one point of one device. All times are monotonic ms of one process run, never descending; `undefined`
 * means no opinion: nothing was read yet, it warms up, or the last reading was bad.
 */
export interface Detector<V extends Value = Value> {
  /**
   * A reading that has a value. Cheap: allocates only where the opinion changes. `t` is its source time, UTC ms, by
   * whose clock ever: for what a calendar decides; intervals are by `atMs`.
   */
  observe(value: V, atMs: number, t: number): Finding | undefined
  /** A reading of bad quality: nothing is learnt and nothing decided until the next value. */
  missed(): void
  /** Lets delays run out of which no reading tells, for instance where a device reports by exception. */
  tick(atMs: number): Finding | undefined
  /** What {@link Detector} needs after a restart, as plain JSON with ages in place of times. */
  snapshot(atMs: number): unknown
}

/** A number of a message: six significant digits. */
export function formatNumber(value: number): string {
  return String(Number(value.toPrecision(6)))
}

/** A finite number of saved state; undefined for everything else. */
export function savedNumber(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined
}

/** When something was that `ageMs` says the age of, in the time of this run; undefined where it says none. */
export function savedAge(ageMs: unknown, nowMs: number): number | undefined {
  const age = savedNumber(ageMs)
  return age === undefined ? undefined : nowMs - Math.max(0, age)
}

export type Saved = Readonly<Record<string, unknown>>

/** Saved state as an object; an empty one where it is none. */
export function savedFields(value: unknown): Saved {
  return isSaved(value) ? value : {}
}

function isSaved(value: unknown): value is Saved {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
