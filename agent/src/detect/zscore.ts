import { formatDuration } from '@lineside/settings'
import { formatNumber, savedAge, savedFields } from './detector.ts'
import type { Detector, Finding } from './detector.ts'
import { createHeldWindow } from './held-window.ts'
import { spreadOf } from './moments.ts'
import type { ZscoreRule } from './zscore-rule.ts'

/** Fewer readings than these in the window say nothing of a spread, also after the warm-up. */
const fewest = 5

/**
 * Distance from the rolling mean in spreads (standard deviations). A reading is judged against the window before it is
 * learnt.
 *
 * - **Warm-up**: no opinion before `warmUp` readings were learnt, and again after the window ran empty.
 * - **Minimum spread**: a spread below `minSpread` counts as `minSpread`; where both are 0 there is no opinion.
 * - **Self-masking**: a reading beyond the limit is not learnt, and the window's time stands still until one is within
 *   it. After one whole window beyond the limit without a break the level counts as the new normal: the finding
 *   ends, the window is cleared and warms up again.
 * - **Cool-down**: the finding lasts until no reading was beyond the limit for `coolDownMs`, so a signal that comes and
 *   goes is one finding.
 * - A bad reading is neither learnt nor judged.
 */
export function createZscore(rule: ZscoreRule, saved: unknown, startMs: number) {
  const before = savedFields(saved)
  const window = createHeldWindow(rule.windowMs, before, startMs)
  let active = before['active'] === true
  /** Whether the last reading was judged and within the limit. */
  let isWithin = false
  let lastBeyondMs = savedAge(before['lastBeyondAgeMs'], startMs) ?? startMs
  let value: number | undefined
  let finding: Finding | undefined = active
    ? { active: true, text: `${rule.point} was beyond its usual range` }
    : undefined

  function judge(next: number, atMs: number): Finding | undefined {
    isWithin = false
    const usual = window.at(atMs)
    const spread = Math.max(spreadOf(usual), rule.minSpread)
    if (window.learnt < rule.warmUp || usual.count < Math.min(fewest, rule.warmUp) || !(spread > 0)) {
      return take(next, atMs, finding?.active ? finding : undefined)
    }
    const distance = (next - usual.mean) / spread
    if (Math.abs(distance) <= rule.limit) return take(next, atMs, ended(next, atMs, usual.mean, spread))
    lastBeyondMs = atMs
    if (window.hold(atMs) >= rule.windowMs) return newNormal(next, atMs)
    if (!active) {
      active = true
      finding = raised(rule, next, distance, usual.mean, spread)
    }
    return finding
  }

  function take(next: number, atMs: number, opinion: Finding | undefined): Finding | undefined {
    window.learn(next, atMs)
    finding = opinion
    return finding
  }

  function ended(next: number, atMs: number, mean: number, spread: number): Finding | undefined {
    isWithin = true
    if (!active) return finding ?? { active: false, text: 'within the usual range' }
    if (atMs - lastBeyondMs < rule.coolDownMs) return finding
    active = false
    const usual = `${formatNumber(mean)} ± ${formatNumber(rule.limit * spread)}`
    return { active: false, text: `${rule.point} ${formatNumber(next)} is back within ${usual}`, value: next }
  }

  function newNormal(next: number, atMs: number): Finding | undefined {
    active = false
    window.clear()
    const span = formatDuration(rule.windowMs)
    const text = `${rule.point} has stayed around ${formatNumber(next)} for ${span}: taken as the new normal`
    return take(next, atMs, { active: false, text, value: next })
  }

  return {
    observe(next, atMs) {
      value = next
      return judge(next, atMs)
    },
    missed() {
      isWithin = false
    },
    tick(atMs) {
      if (!active || !isWithin || value === undefined) return undefined
      if (atMs - lastBeyondMs < rule.coolDownMs) return finding
      active = false
      finding = { active: false, text: `${rule.point} ${formatNumber(value)} is back within its usual range`, value }
      return finding
    },
    snapshot: atMs => ({ active, lastBeyondAgeMs: Math.round(atMs - lastBeyondMs), ...window.snapshot(atMs) }),
  } satisfies Detector<number>
}

function raised(rule: ZscoreRule, value: number, distance: number, mean: number, spread: number): Finding {
  const far = `${Math.abs(distance).toFixed(1)} spreads ${distance > 0 ? 'above' : 'below'}`
  const usual = `the mean ${Number(mean.toPrecision(4))} of the last ${formatDuration(rule.windowMs)}`
  const detail = `spread ${Number(spread.toPrecision(3))}, limit ${formatNumber(rule.limit)}`
  return {
    active: true,
    text: `${rule.point} ${formatNumber(value)} is ${far} ${usual} (${detail})`,
    value,
    limit: mean + Math.sign(distance) * rule.limit * spread,
  }
}
