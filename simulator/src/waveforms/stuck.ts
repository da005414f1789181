import type { Waveform } from './waveform.ts'

export interface StuckSettings {
  readonly of: Waveform
  readonly atMs: number
  /** Absent: it never moves again. */
  readonly forMs?: number
}

/** Another waveform that stops moving at a moment, as a broken sensor does. */
export function stuck(settings: StuckSettings): Waveform {
  const until = settings.forMs === undefined ? Number.POSITIVE_INFINITY : settings.atMs + settings.forMs
  return tMs => settings.of(tMs >= settings.atMs && tMs < until ? settings.atMs : tMs)
}
