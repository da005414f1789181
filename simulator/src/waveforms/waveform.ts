import type { Value } from '@lineside/contract'

/** A value as a function of the milliseconds since the plant began, and of nothing else. */
export type Waveform = (tMs: number) => Value

/** What a waveform may need besides its own settings. */
export interface WaveformSources {
  /** Its own: two noisy points of one device must not move together. */
  readonly seed: number
  /** Another point of the same device. */
  point(name: string): Waveform
  /** The cells of a column of a CSV file, without its heading. */
  column(file: string, column: string): readonly string[]
}

/** The number in a value; texts that are none and booleans give 0 or 1. */
export function toNumber(value: Value): number {
  const number = Number(value)
  return Number.isFinite(number) ? number : 0
}
