import type { WrittenAlarm } from '@lineside/device-profiles'
import { type StateRule, stateRule } from './state-rule.ts'
import { type ThresholdRule, thresholdRule } from './threshold-rule.ts'
import type { Own } from './kind.ts'

/** A rule that stands under `alarms`. */
export type LimitRule = ThresholdRule | StateRule

/** What a sound alarm on a point of this type looks for. */
export function limitRule(written: WrittenAlarm, type: string): Own<ThresholdRule> | Own<StateRule> {
  return written.is === undefined ? thresholdRule(written) : stateRule(written, written.is, type)
}
