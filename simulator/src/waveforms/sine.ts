import { duration } from '@lineside/settings'
import { z } from 'zod'
import type { Waveform } from './waveform.ts'

export const sineSchema = z.strictObject({
  min: z.number(),
  max: z.number(),
  period: duration,
  /** Part of a period that it is ahead, 0…1. */
  phase: z.number().min(0).max(1).default(0),
})
export type SineSettings = z.infer<typeof sineSchema>

/** Swings between min and max, from the middle upwards. */
export function sine(settings: SineSettings): Waveform {
  const middle = (settings.min + settings.max) / 2
  const amplitude = (settings.max - settings.min) / 2
  return tMs => middle + amplitude * Math.sin(2 * Math.PI * (tMs / settings.period + settings.phase))
}
