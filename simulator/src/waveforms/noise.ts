import { z } from 'zod'
import { normalAt } from './random-at.ts'
import { toNumber, type Waveform, type WaveformSources } from './waveform.ts'

export interface NoiseSettings {
  readonly of: Waveform
  /** Standard deviation, in the point's unit; nothing is further off than 3.5 of it. */
  readonly spread: number
}
export const spreadSchema = z.number().min(0)

/** Another waveform with normal noise on it, new every millisecond. */
export function noise(settings: NoiseSettings, sources: Pick<WaveformSources, 'seed'>): Waveform {
  return tMs => toNumber(settings.of(tMs)) + settings.spread * normalAt(sources.seed, Math.floor(tMs))
}
