import { alarmStates } from '@lineside/contract'
import type { AlarmEntry, AlarmState } from '@lineside/contract'
import { savedFields } from '../detect/detector.ts'
import { isActive } from './alarm.ts'
import type { AlarmParts } from './alarm.ts'
import { ContinuedAlarms } from './continued.ts'
import type { CorrectTold } from './continued.ts'
import { occurrenceAfter, parseOccurrence } from './saved.ts'
import type { Occurrence } from './saved.ts'
import { isSystemAlarmName, systemRules } from './system-rules.ts'
import type { SystemAlarmName, SystemRule } from './system-rules.ts'
import { transition } from './transition.ts'
import type { AlarmEvent } from './transition.ts'
import type { AcknowledgeResult, ActiveAlarm, AlarmWatch } from './watch.ts'

/** What was found out about the gateway itself. */
export interface SystemFinding {
  readonly alarm: SystemAlarmName
  readonly active: boolean
  readonly text: string
}

/** Alarms of the gateway itself; their device is its name. Entries are returned once, to be journaled and told. */
export interface SystemAlarms {
  hear(finding: SystemFinding, atMs: number): AlarmEntry | undefined
  /** Ends what is over because nothing more was heard of it. */
  tick(atMs: number): readonly AlarmEntry[]
  /** Undefined where no alarm of the gateway has this name. */
  acknowledge(alarm: string, by: string): AcknowledgeResult | undefined
  list(): readonly ActiveAlarm[]
  snapshot(): string
  /**
   * Takes up what `snapshot` gave an earlier run; `told` puts right what was told meanwhile and is not committed yet. A
   * condition that was active and of which this run knows nothing is over, and is raised again where it is not.
   */
  restore(text: string, atMs: number, told?: CorrectTold): readonly AlarmEntry[]
}

/** An event of which nothing more was heard for so long is over. */
export const quietMs = 15 * 60_000

interface Standing {
  state: AlarmState
  occurrence: Occurrence
  /** Monotonic time of the last finding. */
  heardMs: number
}

export function createSystemAlarms(gateway: string, parts: AlarmParts): SystemAlarms {
  const standing = new Map<SystemAlarmName, Standing>()

  function apply(alarm: SystemAlarmName, event: AlarmEvent, text: string, atMs: number, by?: string) {
    const known = standing.get(alarm)
    const { to, journal } = transition(known?.state ?? 'normal', event)
    if (!journal) return undefined
    const { point, priority, action }: SystemRule = systemRules[alarm]
    const id = known?.occurrence.id ?? parts.newId()
    const who = by === undefined ? {} : { by }
    const entry = {
      k: 'alarm',
      t: parts.now(),
      device: gateway,
      alarm,
      id,
      event: journal,
      state: to,
      priority,
      point,
      text,
      action,
      ...who,
    } as const
    const occurrence = occurrenceAfter(known?.occurrence, entry)
    if (occurrence) standing.set(alarm, { state: to, occurrence, heardMs: known?.heardMs ?? atMs })
    else standing.delete(alarm)
    return entry
  }

  return {
    hear({ alarm, active, text }, atMs) {
      const known = standing.get(alarm)
      if (known && active) known.heardMs = atMs
      return apply(alarm, active ? 'raise' : 'return', text, atMs)
    },
    tick(atMs) {
      return [...standing].flatMap(([alarm, { heardMs }]) => {
        if (systemRules[alarm].kind === 'condition' || atMs - heardMs < quietMs) return []
        return apply(alarm, 'return', 'nothing more was heard of it for 15 minutes', atMs) ?? []
      })
    },
    acknowledge(alarm, by) {
      if (!isSystemAlarmName(alarm)) return undefined
      const known = standing.get(alarm)
      if (!known) return { ok: false, text: `${gateway} ${alarm} is normal: nothing to acknowledge` }
      const entry = apply(alarm, 'acknowledge', `acknowledged by ${by}`, known.heardMs, by)
      if (entry) return { ok: true, entry }
      const before = known.occurrence.by
      return {
        ok: false,
        text: `${gateway} ${alarm} is acknowledged already${before === undefined ? '' : `, by ${before}`}`,
      }
    },
    list() {
      return [...standing].map(([alarm, { state, occurrence }]) => {
        const { point, priority, action } = systemRules[alarm]
        return { device: gateway, alarm, state, priority, point, action, ...occurrence }
      })
    },
    snapshot() {
      return JSON.stringify([...standing].map(([alarm, { state, occurrence }]) => ({ alarm, state, ...occurrence })))
    },
    restore(text, atMs, told) {
      const saved = parseSaved(text)
      const continued = new ContinuedAlarms(saved.map(one => ({ ...one, device: gateway })))
      told?.(entry => continued.correct(entry))
      return saved.flatMap(one => {
        const { alarm } = one
        const { state, occurrence } = continued.of(gateway, alarm) ?? one
        const live = standing.get(alarm)
        standing.delete(alarm)
        if (!occurrence) return []
        standing.set(alarm, { state, occurrence, heardMs: live?.heardMs ?? atMs })
        const isThere = systemRules[alarm].kind === 'event' || (live && isActive(live.state))
        return isThere ? [] : (apply(alarm, 'return', 'the agent was started again', atMs) ?? [])
      })
    },
  }
}

/** The alarms of the devices and those of the gateway as one. */
export function withSystemAlarms(watch: AlarmWatch, gateway: string, system: SystemAlarms): AlarmWatch {
  return {
    ...watch,
    tick: atMs => [...system.tick(atMs), ...watch.tick(atMs)],
    acknowledge(device, alarm, by) {
      const own = device === gateway ? system.acknowledge(alarm, by) : undefined
      return own ?? watch.acknowledge(device, alarm, by)
    },
    list: () => [...system.list(), ...watch.list()].toSorted((a, b) => b.since - a.since),
  }
}

/** What can be read of it; the rest is at rest again. */
function parseSaved(text: string): readonly { alarm: SystemAlarmName; state: AlarmState; occurrence: Occurrence }[] {
  let saved: unknown
  try {
    saved = JSON.parse(text)
  } catch {
    return []
  }
  return (Array.isArray(saved) ? saved : []).flatMap(item => {
    const { alarm, ...fields } = savedFields(item)
    const state = alarmStates.find(known => known === fields['state'])
    const occurrence = parseOccurrence(item)
    if (typeof alarm !== 'string' || !isSystemAlarmName(alarm)) return []
    return state === undefined || state === 'normal' || !occurrence ? [] : [{ alarm, state, occurrence }]
  })
}
