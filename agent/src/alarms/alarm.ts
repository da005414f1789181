import type { AlarmEntry, AlarmState } from '@lineside/contract'
import type { Detector, Finding } from '../detect/detector.ts'
import { createDetector } from '../detect/detectors.ts'
import type { AlarmRule } from '../detect/detectors.ts'
import type { Occurrence, SavedAlarm } from './saved.ts'
import { transition } from './transition.ts'
import type { AlarmEvent } from './transition.ts'

/** What an alarm takes from outside. */
export interface AlarmParts {
  /** UTC ms. */
  readonly now: () => number
  /** A new UUID. */
  readonly newId: () => string
}

/** One alarm of one device: its rule, its detector and where it stands. */
export interface Alarm {
  readonly rule: AlarmRule
  readonly detector: Detector
  state: AlarmState
  /** There while the state is not normal. */
  occurrence: Occurrence | undefined
}

/** The alarm of a rule, at rest, or where it stood when it was saved. */
export function createAlarm(rule: AlarmRule, saved: SavedAlarm | undefined, atMs: number): Alarm {
  const isSameWatch = saved?.kind === rule.kind && saved.point === rule.point
  return {
    rule,
    detector: createDetector(rule, isSameWatch ? saved.detector : undefined, atMs),
    state: saved?.state ?? 'normal',
    occurrence: saved?.occurrence,
  }
}

export function savedAlarm({ rule, detector, state, occurrence }: Alarm, atMs: number): SavedAlarm {
  return {
    device: rule.device,
    alarm: rule.name,
    kind: rule.kind,
    point: rule.point,
    priority: rule.priority,
    state,
    ...(occurrence ? { occurrence } : {}),
    detector: detector.snapshot(atMs),
  }
}

/** Brings the alarm in line with what its detector thinks; the entry to journal where that changes it. */
export function follow(alarm: Alarm, finding: Finding, parts: AlarmParts): AlarmEntry | undefined {
  const isActive = alarm.state === 'unacknowledged' || alarm.state === 'acknowledged'
  if (finding.active === isActive) return undefined
  return applyEvent(alarm, finding.active ? 'raise' : 'return', finding, parts)
}

/** Applies one event; undefined where the state does not know it. */
export function applyEvent(
  alarm: Alarm,
  event: AlarmEvent,
  told: Omit<Finding, 'active'> & { readonly by?: string },
  { now, newId }: AlarmParts,
): AlarmEntry | undefined {
  const { to, journal } = transition(alarm.state, event)
  if (!journal) return undefined
  const t = now()
  const { rule } = alarm
  const id = alarm.occurrence?.id ?? newId()
  const { text, value, limit, by } = told
  alarm.state = to
  if (to === 'normal') alarm.occurrence = undefined
  else if (event === 'raise')
    alarm.occurrence = { id, since: alarm.occurrence?.since ?? t, text, ...numbers(value, limit) }
  else if (alarm.occurrence && by !== undefined) alarm.occurrence = { ...alarm.occurrence, by }
  return {
    k: 'alarm',
    t,
    device: rule.device,
    alarm: rule.name,
    id,
    event: journal,
    state: to,
    priority: rule.priority,
    point: rule.point,
    ...numbers(value, limit),
    text,
    ...(rule.message === undefined ? {} : { message: rule.message }),
    ...(rule.action === undefined ? {} : { action: rule.action }),
    ...(by === undefined ? {} : { by }),
  }
}

function numbers(value: number | undefined, limit: number | undefined): { value?: number; limit?: number } {
  return { ...(value === undefined ? {} : { value }), ...(limit === undefined ? {} : { limit }) }
}
