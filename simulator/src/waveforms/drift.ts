import { duration } from '@lineside/settings'
import { z } from 'zod'
import { randomAt } from './random-at.ts'
import type { Waveform, WaveformSources } from './waveform.ts'

export const driftSchema = z.strictObject({
  min: z.number(),
  max: z.number(),
  /** How long it takes to wander to the next random place between min and max. */
  every: duration,
})
export type DriftSettings = z.infer<typeof driftSchema>

/** Wanders smoothly and without aim between min and max, and turns at most once every `every`. */
export function drift(settings: DriftSettings, sources: WaveformSources): Waveform {
  const width = settings.max - settings.min
  return tMs => {
    const place = tMs / settings.every
    const from = Math.floor(place)
    const part = (1 - Math.cos(Math.PI * (place - from))) / 2
    const a = randomAt(sources.seed, from)
    const b = randomAt(sources.seed, from + 1)
    return settings.min + width * (a + (b - a) * part)
  }
}
