import { z } from 'zod'
import type { Waveform } from './waveform.ts'

/** A value as YAML writes it. */
export const constantSchema = z.union([z.number(), z.bigint(), z.boolean(), z.string()], {
  error: 'a constant is a number, a text, true or false',
})
export type ConstantSettings = z.infer<typeof constantSchema>

export function constant(value: ConstantSettings): Waveform {
  return () => value
}
