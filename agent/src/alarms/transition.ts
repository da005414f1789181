import type { AlarmEntry, AlarmState } from '@lineside/contract'

/** What happens to an alarm: its condition begins, its condition ends, a person acknowledges it. */
export const alarmEvents = ['raise', 'return', 'acknowledge'] as const
export type AlarmEvent = (typeof alarmEvents)[number]

export interface Transition {
  readonly to: AlarmState
  /** What is journaled; absent where the event changes nothing. */
  readonly journal?: AlarmEntry['event']
}

/**
 * ISA-18.2 / OPC UA Part 9 without latching, shelving and suppression, which would be further states, with their events
 * as further columns: the types ask for every cell.
 */
export const transitions: Readonly<Record<AlarmState, Readonly<Record<AlarmEvent, Transition>>>> = {
  normal: {
    raise: { to: 'unacknowledged', journal: 'raised' },
    return: { to: 'normal' },
    acknowledge: { to: 'normal' },
  },
  unacknowledged: {
    raise: { to: 'unacknowledged' },
    return: { to: 'rtn_unacknowledged', journal: 'returned' },
    acknowledge: { to: 'acknowledged', journal: 'acknowledged' },
  },
  acknowledged: {
    raise: { to: 'acknowledged' },
    return: { to: 'normal', journal: 'returned' },
    acknowledge: { to: 'acknowledged' },
  },
  rtn_unacknowledged: {
    raise: { to: 'unacknowledged', journal: 'reraised' },
    return: { to: 'rtn_unacknowledged' },
    acknowledge: { to: 'normal', journal: 'acknowledged' },
  },
}

/** The next state of an alarm. */
export function transition(state: AlarmState, event: AlarmEvent): Transition {
  return transitions[state][event]
}
