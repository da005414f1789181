import type { WrittenAlarm } from '@lineside/device-profiles'
import type { Delays } from './delayed.ts'
import type { Own } from './kind.ts'
import type { RuleText } from './rule.ts'

/** At least one of high and low is there. */
export interface ThresholdRule extends RuleText, Delays {
  readonly kind: 'threshold'
  readonly high?: number
  readonly low?: number
  /** The value must come back by this much before the condition ends. */
  readonly hysteresis: number
}

export function thresholdRule({ high, low, hysteresis, on_delay, off_delay }: WrittenAlarm): Own<ThresholdRule> {
  return {
    kind: 'threshold',
    ...(high === undefined ? {} : { high }),
    ...(low === undefined ? {} : { low }),
    hysteresis,
    onDelayMs: on_delay,
    offDelayMs: off_delay,
  }
}
