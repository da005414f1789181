import type { AlarmEntry, AlarmState } from '@lineside/contract'
import type { Detector, Finding } from '../detect/detector.ts'
import { createDetector } from '../detect/detectors.ts'
import type { AlarmRule } from '../detect/detectors.ts'
import type { Stand } from './continued.ts'
import { numbers, occurrenceAfter } from './saved.ts'
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
  detector: Detector
  /** Whether its detector last thought that the condition is there; undefined before it thought anything. */
  opinion: boolean | undefined
  state: AlarmState
  /** There while the state is not normal. */
  occurrence: Occurrence | undefined
}

/** The alarm of a rule, at rest. */
export function createAlarm(rule: AlarmRule): Alarm {
  const detector = createDetector(rule, undefined, 0)
  return { rule, detector, opinion: undefined, state: 'normal', occurrence: undefined }
}

/**
 * Goes on from where an earlier run left the alarm (`saved`), which stands so by now. A detector that agrees with that has
 * seen what this run did; one that doesn't, or knows nothing yet, gives way to the saved one, and the next reading decides.
 */
export function resume(alarm: Alarm, saved: SavedAlarm, { state, occurrence }: Stand, atMs: number): void {
  const { rule, opinion } = alarm
  alarm.state = state
  alarm.occurrence = occurrence
  const isSameWatch = saved.kind === rule.kind && saved.point === rule.point
  if (isSameWatch && opinion !== isActive(state)) alarm.detector = createDetector(rule, saved.detector, atMs)
}

/** Whether the condition of an alarm in this state is there. */
export function isActive(state: AlarmState): boolean {
  return state === 'unacknowledged' || state === 'acknowledged'
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
  alarm.opinion = finding.active
  if (finding.active === isActive(alarm.state)) return undefined
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
  const { rule } = alarm
  const id = alarm.occurrence?.id ?? newId()
  const { text, value, limit, by } = told
  const entry = {
    k: 'alarm',
    t: now(),
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
  } as const
  alarm.state = to
  alarm.occurrence = occurrenceAfter(alarm.occurrence, entry)
  return entry
}
