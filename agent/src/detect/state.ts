import type { Value } from '@lineside/contract'
import { createDelayed, delayWords } from './delayed.ts'
import type { Finding } from './detector.ts'
import type { StateRule } from './state-rule.ts'

/** The finding lasts while the point is in one of the states, on-delay and off-delay counted in. */
export function createState(rule: StateRule, saved: unknown, startMs: number) {
  const condition = {
    sideOf: (value: Value) => (isIn(rule, value) ? ('in' as const) : undefined),
    raised: (_side: 'in', value: Value | undefined) => raised(rule, value),
    returned: (value: Value) => returned(rule, value),
    quiet,
    isSide: (side: unknown) => side === 'in',
  }
  return createDelayed(condition, rule, saved, startMs)
}

function isIn({ is, ofList }: StateRule, value: Value): boolean {
  if (!ofList || typeof value !== 'string') return is.some(state => state === value)
  const entries = value.split(',')
  return is.some(state => typeof state === 'string' && entries.includes(state))
}

const quiet: Finding = { active: false, text: 'as it should be' }

function raised(rule: StateRule, value: Value | undefined): Finding {
  const said = value === undefined ? `was ${statesOf(rule)}` : `is ${words(value)}`
  return { active: true, text: `${rule.point} ${said}${delayWords(rule)}` }
}

function returned(rule: StateRule, value: Value): Finding {
  return { active: false, text: `${rule.point} is ${words(value)}, no longer ${statesOf(rule)}` }
}

function statesOf({ is }: StateRule): string {
  return is.map(words).join(' or ')
}

/** Of a bitfield of which no bit is set nothing is written. */
function words(value: Value): string {
  return value === '' ? 'empty' : String(value)
}
