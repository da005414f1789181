import { duration } from '@lineside/settings'
import { z } from 'zod'
import { spreadSchema } from './noise.ts'
import { normalAt } from './random-at.ts'
import { toNumber, type Waveform, type WaveformSources } from './waveform.ts'

export const correlatedSchema = z.strictObject({
  /** Another point of the same device. */
  with: z.string(),
  gain: z.number().default(1),
  offset: z.number().default(0),
  /** How late it follows. */
  lag: duration.default(0),
  /** Standard deviation of what it does by itself. */
  noise: spreadSchema.default(0),
})
export type CorrelatedSettings = z.infer<typeof correlatedSchema>

/** Follows another point of the device: gain × its value a lag ago + offset, with noise. */
export function correlated(settings: CorrelatedSettings, sources: WaveformSources): Waveform {
  const leader = sources.point(settings.with)
  const { gain, offset, lag, noise } = settings
  return tMs => {
    const value = gain * toNumber(leader(tMs - lag)) + offset
    return noise === 0 ? value : value + noise * normalAt(sources.seed, Math.floor(tMs))
  }
}
