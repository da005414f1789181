import { z } from 'zod'
import type { Waveform } from './waveform.ts'

const countSchema = z.union([z.number(), z.bigint()], { error: 'a number is needed' })

export const counterSchema = z.strictObject({
  /** Beyond ±(2^53 − 1) it counts in exact integers. */
  start: countSchema.default(0),
  /** Increase a second, in the point's unit. */
  per_second: z.number().min(0),
  /** The count at which it begins again at 0. */
  rollover: countSchema.optional(),
})
export type CounterSettings = z.infer<typeof counterSchema>

/** Only rises, until it rolls over. */
export function counter(settings: CounterSettings): Waveform {
  if (typeof settings.start === 'bigint' || typeof settings.rollover === 'bigint') return exact(settings)
  const { start, per_second: rate } = settings
  const rollover = settings.rollover ?? Number.POSITIVE_INFINITY
  return tMs => {
    const count = start + (rate * Math.max(0, tMs)) / 1000
    return count < rollover ? count : count % rollover
  }
}

function exact(settings: CounterSettings): Waveform {
  const start = toBigInt(settings.start)
  const rollover = settings.rollover === undefined ? 0n : toBigInt(settings.rollover)
  return tMs => {
    const count = start + toBigInt((settings.per_second * Math.max(0, tMs)) / 1000)
    const value = rollover > 0n ? count % rollover : count
    return value > BigInt(Number.MAX_SAFE_INTEGER) || value < BigInt(Number.MIN_SAFE_INTEGER) ? value : Number(value)
  }
}

function toBigInt(count: number | bigint): bigint {
  return typeof count === 'bigint' ? count : BigInt(Math.floor(count))
}
