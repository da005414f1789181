import { formatDuration } from '@lineside/settings'
import { formatNumber, savedFields, savedNumber } from './detector.ts'
import type { Detector, Finding } from './detector.ts'
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
 * above `high` (or below `low`), and ends when every value of the off-delay was back by `hysteresis`. A bad reading
 * neither begins nor ends anything; what elapses meanwhile counts once the next value says the same as the last.
 */
export function createThreshold(rule: ThresholdRule, saved: unknown, startMs: number) {
  const before = savedFields(saved)
  /** The side of the finding, while it is active. */
  let held = savedSide(before['held'])
  /** The side of the last value, and since when it has been there. */
  let side = savedSide(before['side'])
  let sinceMs = startMs - Math.max(0, savedNumber(before['ageMs']) ?? 0)
  let value: number | undefined
  let finding = held ? raised(rule, held, undefined) : quiet

  function decide(atMs: number): Finding | undefined {
    if (value === undefined) return undefined
    if (side === held) return finding
    if (side && atMs - sinceMs >= rule.onDelayMs) {
      held = side
      finding = raised(rule, side, value)
    } else if (!side && held && atMs - sinceMs >= rule.offDelayMs) {
      held = undefined
      finding = returned(rule, value)
    }
    return finding
  }

  return {
    observe(next, atMs) {
      const now = sideOf(rule, next, held)
      if (now !== side) sinceMs = atMs
      side = now
      value = next
      return decide(atMs)
    },
    missed() {
      value = undefined
    },
    tick: decide,
    snapshot: atMs => ({ held, side, ageMs: Math.round(atMs - sinceMs) }),
  } satisfies Detector
}

function savedSide(value: unknown): Side | undefined {
  return value === 'high' || value === 'low' ? value : undefined
}

const quiet: Finding = { active: false, text: 'within limits' }

function raised(rule: ThresholdRule, side: Side, value: number | undefined): Finding {
  const limit = rule[side]
  const words = `${side === 'high' ? 'above' : 'below'}${limit === undefined ? ' its limit' : ` ${formatNumber(limit)}`}`
  const delay = rule.onDelayMs > 0 ? ` for ${formatDuration(rule.onDelayMs)}` : ''
  const text = `${rule.point} ${value === undefined ? 'was' : `${formatNumber(value)} is`} ${words}${delay}`
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
