import { duration } from '@lineside/settings'
import { z } from 'zod'
import { constantSchema } from './constant.ts'
import { randomAt } from './random-at.ts'
import type { Waveform, WaveformSources } from './waveform.ts'

export const stepsSchema = z.strictObject({
  values: z.array(constantSchema).min(1),
  every: duration,
  order: z.enum(['cycle', 'random']).default('cycle'),
})
export type StepsSettings = z.infer<typeof stepsSchema>

/** Holds one of its values and goes to another every `every`: in turn, or whichever chance says. */
export function steps(settings: StepsSettings, sources: WaveformSources): Waveform {
  const { values, every, order } = settings
  const first = values[0] ?? 0
  return tMs => {
    const step = Math.floor(tMs / every)
    const index =
      order === 'random'
        ? Math.floor(randomAt(sources.seed, step) * values.length)
        : ((step % values.length) + values.length) % values.length
    return values[index] ?? first
  }
}
