import type { WrittenAlarm } from '@lineside/device-profiles'
import type { Delays } from './delayed.ts'
import type { Own } from './kind.ts'
import type { RuleText } from './rule.ts'

/** A point that is no number and is in one of some states: a door that is open, a fault bit that is set. */
export interface StateRule extends RuleText, Delays {
  readonly kind: 'state'
  readonly is: readonly (string | boolean)[]
  /** Its values are lists, of which one entry counts: the names of a bitfield. */
  readonly ofList: boolean
}

export function stateRule({ on_delay, off_delay }: WrittenAlarm, is: StateRule['is'], type: string): Own<StateRule> {
  return { kind: 'state', is, ofList: type === 'bitfield', onDelayMs: on_delay, offDelayMs: off_delay }
}
