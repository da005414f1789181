import { duration, durationBetween, formatDuration } from '@lineside/settings'
import * as z from 'zod'
import type { Own, Watched } from './kind.ts'
import type { RuleText } from './rule.ts'

export interface ZscoreRule extends RuleText {
  readonly kind: 'zscore'
  readonly windowMs: number
  /** Standard deviations. */
  readonly limit: number
  /** Readings before the first finding. */
  readonly warmUp: number
  /** Smallest spread that is believed, in the point's unit: a flat signal has none. */
  readonly minSpread: number
  readonly coolDownMs: number
}

/** Fewest readings that make a spread worth anything, and how many are waited for where there is room. */
const leastWarmUp = 8
const usualWarmUp = 30

export const zscoreKeys = z
  .strictObject({
    window: durationBetween('1s', '7d').meta({ description: 'the past that a reading is compared with' }),
    limit: z
      .number()
      .min(1)
      .max(100)
      .default(5)
      .meta({ description: 'so many standard deviations from the mean of the window' }),
    warm_up: z
      .int()
      .min(2)
      .max(100_000)
      .optional()
      .meta({
        description: 'readings before the first finding',
        usually: `${usualWarmUp}, or as many as the window holds, at least ${leastWarmUp}`,
      }),
    min_spread: z.number().gt(0).optional().meta({
      description: "smallest spread that is believed, in the point's unit: a flat signal has none",
      usually: 'its deadband, else one step of the value, else a thousandth of its range, else 0.01',
    }),
    cool_down: duration
      .prefault('5m')
      .meta({ description: 'over when nothing was beyond for so long: what comes and goes is one finding' }),
  })
  .meta({ description: 'rolling z-score' })

type Written = z.output<typeof zscoreKeys>

export function zscoreRule(written: Written, watched: Watched): Own<ZscoreRule> {
  return {
    kind: 'zscore',
    windowMs: written.window,
    limit: written.limit,
    warmUp: warmUp(written, watched),
    minSpread: written.min_spread ?? watched.spread,
    coolDownMs: written.cool_down,
  }
}

/** Readings before the first finding: 30, or as many as the window holds. */
function warmUp({ warm_up: wanted, window }: Written, { everyMs, refuse }: Watched): number {
  if (everyMs === undefined) return wanted ?? usualWarmUp
  const readings = Math.floor(window / everyMs)
  const needed = wanted ?? leastWarmUp
  if (readings < needed) {
    const message = `a window of ${formatDuration(window)} holds ${readings} readings at every ${formatDuration(everyMs)}, and ${needed} are needed first`
    refuse('window', message, `write at least ${formatDuration(needed * everyMs)}`)
  }
  return wanted ?? Math.min(usualWarmUp, Math.max(leastWarmUp, readings))
}
