import type { AlarmEntry, AlarmState, Priority, Sample } from '@lineside/contract'
import { suggest } from '@lineside/settings'
import type { AlarmRule } from '../detect/detectors.ts'
import { applyEvent, createAlarm, follow, resume, savedAlarm } from './alarm.ts'
import type { Alarm, AlarmParts } from './alarm.ts'
import { ContinuedAlarms } from './continued.ts'
import type { CorrectTold } from './continued.ts'
import { parseSaved } from './saved.ts'
import type { Over, SavedAlarm } from './saved.ts'

/** An alarm that is not normal. */
export interface ActiveAlarm {
  readonly device: string
  readonly alarm: string
  readonly id: string
  readonly state: AlarmState
  readonly priority: Priority
  readonly point: string
  /** UTC ms of the raise. */
  readonly since: number
  /** What raised it. */
  readonly value?: number
  readonly limit?: number
  readonly text: string
  readonly message?: string
  readonly action?: string
  readonly by?: string
  /** What ended its condition; absent while that is there. */
  readonly over?: Over
}

export type AcknowledgeResult =
  | { readonly ok: true; readonly entry: AlarmEntry }
  /** Why not, and what to write instead. */
  | { readonly ok: false; readonly text: string }

/** All rules of all devices, and where their alarms stand. Entries are returned once, to be journaled and told. */
export interface AlarmWatch {
  /** `atMs` is monotonic time, never descending. Points without a rule cost nothing. */
  observe(sample: Sample, atMs: number): readonly AlarmEntry[]
  /** Lets delays run out of which no sample tells; once a second is often enough. */
  tick(atMs: number): readonly AlarmEntry[]
  acknowledge(device: string, alarm: string, by: string): AcknowledgeResult
  /** Newest first. */
  list(): readonly ActiveAlarm[]
  /** States of alarms and detectors as text, as of the last `observe` or `tick`. */
  snapshot(): string
  /**
   * Takes up what `snapshot` gave an earlier run, before anything is observed or later: what was told meanwhile and is not
   * committed yet is put right by `told`. Returns a sentence where the text can't be read; then nothing changes. An alarm
   * keeps state and id, and is not raised a second time. Where its rule has changed, the next reading decides; where its
   * rule is gone, it is normal, and the next `tick` or `observe` returns the entry that says so.
   */
  restore(text: string, atMs: number, told?: CorrectTold): string | undefined
}

const none: readonly AlarmEntry[] = []

/** Watches the points that the rules name. */
export function createWatch(rules: Iterable<AlarmRule>, parts: AlarmParts): AlarmWatch {
  const devices = alarmsByDevice(rules)
  let waiting: AlarmEntry[] = []
  let lastMs = 0

  function takeWaiting(): AlarmEntry[] {
    const taken = waiting
    waiting = []
    return taken
  }

  return {
    observe(sample, atMs) {
      lastMs = Math.max(lastMs, atMs)
      const alarms = devices.get(sample.device)
      if (!alarms && waiting.length === 0) return none
      let entries: AlarmEntry[] | undefined = waiting.length > 0 ? takeWaiting() : undefined
      for (const alarm of alarms ?? []) {
        const { detector, rule } = alarm
        const value = sample.values[rule.point]
        if (value === undefined) {
          if (sample.quality?.[rule.point] !== undefined) detector.missed()
          continue
        }
        const finding = detector.observe(value, lastMs, sample.t)
        const entry = finding && follow(alarm, finding, parts)
        if (entry) (entries ??= []).push(entry)
      }
      return entries ?? none
    },
    tick(atMs) {
      lastMs = Math.max(lastMs, atMs)
      const entries = takeWaiting()
      for (const alarms of devices.values()) {
        for (const alarm of alarms) {
          const finding = alarm.detector.tick(lastMs)
          const entry = finding && follow(alarm, finding, parts)
          if (entry) entries.push(entry)
        }
      }
      return entries
    },
    acknowledge(device, name, by) {
      const alarms = devices.get(device)
      if (!alarms)
        return { ok: false, text: `no alarm watches device ${device}; ${suggest(device, [...devices.keys()])}` }
      const alarm = alarms.find(({ rule }) => rule.name === name)
      if (!alarm) {
        const names = alarms.map(({ rule }) => rule.name)
        return { ok: false, text: `device ${device} has no alarm ${name}; ${suggest(name, names)}` }
      }
      const { value, limit, by: before } = alarm.occurrence ?? {}
      const text = `acknowledged by ${by}`
      const told = { text, by, ...(value === undefined ? {} : { value }), ...(limit === undefined ? {} : { limit }) }
      const entry = applyEvent(alarm, 'acknowledge', told, parts)
      if (entry) return { ok: true, entry }
      if (alarm.state === 'normal') return { ok: false, text: `${device} ${name} is normal: nothing to acknowledge` }
      return {
        ok: false,
        text: `${device} ${name} is acknowledged already${before === undefined ? '' : `, by ${before}`}`,
      }
    },
    list() {
      return [...devices.values()]
        .flat()
        .flatMap(activeAlarm)
        .toSorted((a, b) => b.since - a.since)
    },
    snapshot() {
      const alarms = [...devices.values()].flat().map(alarm => savedAlarm(alarm, lastMs))
      return JSON.stringify({ v: 1, alarms })
    },
    restore(text, atMs, told) {
      const saved = parseSaved(text)
      if (typeof saved === 'string') return saved
      lastMs = Math.max(lastMs, atMs)
      const continued = new ContinuedAlarms(saved)
      told?.(entry => continued.correct(entry))
      for (const one of saved) {
        const alarm = devices.get(one.device)?.find(({ rule }) => rule.name === one.alarm)
        if (alarm) resume(alarm, one, continued.of(one.device, one.alarm) ?? one, lastMs)
        else waiting.push(...gone(one))
      }
      return undefined
    },
  }

  function gone({ device, alarm, point, priority, occurrence }: SavedAlarm): AlarmEntry[] {
    if (!occurrence) return []
    const text = 'this alarm is no longer configured'
    const told = { id: occurrence.id, event: 'returned', state: 'normal', priority, point, text } as const
    return [{ k: 'alarm', t: parts.now(), device, alarm, ...told }]
  }
}

function alarmsByDevice(rules: Iterable<AlarmRule>): ReadonlyMap<string, readonly Alarm[]> {
  const devices = new Map<string, Alarm[]>()
  for (const rule of rules) {
    const alarm = createAlarm(rule)
    const alarms = devices.get(rule.device)
    if (alarms) alarms.push(alarm)
    else devices.set(rule.device, [alarm])
  }
  return devices
}

function activeAlarm({ rule, state, occurrence }: Alarm): ActiveAlarm[] {
  if (!occurrence) return []
  const { device, name: alarm, priority, point, message, action } = rule
  const words = { ...(message === undefined ? {} : { message }), ...(action === undefined ? {} : { action }) }
  return [{ device, alarm, state, priority, point, ...words, ...occurrence }]
}
