import { createDelayed, delayWords } from './delayed.ts'
import { type Finding, formatNumber } from './detector.ts'
import type { ThresholdRule } from './threshold-rule.ts'

type Side = 'high' | 'low'

/** The side on which a value is out; one that is being held out counts until it is back by the hysteresis. */
function sideOf(rule: ThresholdRule, value: number, held: Side | undefined): Side | undefined {
  const { high, low, hysteresis } = rule
  if (high !== undefined && value > (held === 'high' ? high - hysteresis : high)) return 'high'
  if (low !== undefined && value < (held === 'low' ? low + hysteresis : low)) return 'low'
  return undefined
}

/**
 * High and low limit with hysteresis, on-delay and off-delay. The finding begins when every value of the on-delay was
 * above `high` (or below `low`), and ends when every value of the off-delay was back by `hysteresis`.
 */
export function createThreshold(rule: ThresholdRule, saved: unknown, startMs: number) {
  const condition = {
    sideOf: (value: number, held: Side | undefined) => sideOf(rule, value, held),
    raised: (side: Side, value: number | undefined) => raised(rule, side, value),
    returned: (value: number) => returned(rule, value),
    quiet,
    isSide: (side: unknown) => side === 'high' || side === 'low',
  }
  return createDelayed(condition, rule, saved, startMs)
}

const quiet: Finding = { active: false, text: 'within limits' }

function raised(rule: ThresholdRule, side: Side, value: number | undefined): Finding {
  const limit = rule[side]
  const words = `${side === 'high' ? 'above' : 'below'}${limit === undefined ? ' its limit' : ` ${formatNumber(limit)}`}`
  const text = `${rule.point} ${value === undefined ? 'was' : `${formatNumber(value)} is`} ${words}${delayWords(rule)}`
  return {
    active: true,
    text,
    ...(value === undefined ? {} : { value }),
    ...(limit === undefined ? {} : { limit }),
  }
}

function returned(rule: ThresholdRule, value: number): Finding {
  const { point, high, low, hysteresis } = rule
  const upper = high === undefined ? undefined : `not above ${formatNumber(high - hysteresis)}`
  const lower = low === undefined ? undefined : `not below ${formatNumber(low + hysteresis)}`
  const where = [lower, upper].filter(part => part !== undefined).join(' and ')
  return { active: false, text: `${point} ${formatNumber(value)} is back: ${where}`, value }
}
