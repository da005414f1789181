import { alarmStates, isUuid, priorities } from '@lineside/contract'
import type { AlarmEntry, AlarmState, Priority } from '@lineside/contract'
import { savedFields, savedNumber } from '../detect/detector.ts'

/** An alarm's occurrence: what is told of it from raise to normal. */
export interface Occurrence {
  readonly id: string
  /** UTC ms of the raise. */
  readonly since: number
  readonly text: string
  readonly value?: number
  readonly limit?: number
  /** Who acknowledged. */
  readonly by?: string
  /** What ended the condition, once it is over. */
  readonly over?: Over
}

/** The end of a condition that nobody has acknowledged. */
export interface Over {
  /** UTC ms. */
  readonly since: number
  readonly text: string
}

/** One alarm as it is kept over a restart. */
export interface SavedAlarm {
  readonly device: string
  readonly alarm: string
  /** Kind of its rule, and the point it watched: another one's detector state is of no use. */
  readonly kind: string
  readonly point: string
  readonly priority: Priority
  readonly state: AlarmState
  readonly occurrence?: Occurrence
  readonly detector: unknown
}

/** An alarm's occurrence after what is journaled of it. */
export function occurrenceAfter(before: Occurrence | undefined, entry: AlarmEntry): Occurrence | undefined {
  const { id, t, event, state, text, value, limit, by } = entry
  if (state === 'normal') return undefined
  if (event === 'raised' || event === 'reraised') {
    return { id, since: before?.since ?? t, text, ...numbers(value, limit) }
  }
  if (before && event === 'returned') return { ...before, over: { since: t, text } }
  return before && by !== undefined ? { ...before, by } : before
}

/** Value and limit, where they are there. */
export function numbers(value: number | undefined, limit: number | undefined): { value?: number; limit?: number } {
  return { ...(value === undefined ? {} : { value }), ...(limit === undefined ? {} : { limit }) }
}

/** Reads what {@link SavedAlarm}s were written as; a sentence where it is not that. */
export function parseSaved(text: string): readonly SavedAlarm[] | string {
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch {
    return 'saved alarms are not JSON'
  }
  const { v, alarms } = savedFields(parsed)
  if (v !== 1) return `saved alarms have version ${String(v)}; this agent reads 1`
  if (!Array.isArray(alarms)) return 'saved alarms are not a list'
  const result: SavedAlarm[] = []
  for (const item of alarms) {
    const alarm = parseAlarm(item)
    if (!alarm) return `saved alarm ${result.length} can't be read`
    result.push(alarm)
  }
  return result
}

function parseAlarm(item: unknown): SavedAlarm | undefined {
  const fields = savedFields(item)
  const { device, alarm, kind, point, detector } = fields
  const state = alarmStates.find(known => known === fields['state'])
  const priority = priorities.find(known => known === fields['priority'])
  if (typeof device !== 'string' || typeof alarm !== 'string' || !state || !priority) return undefined
  if (typeof kind !== 'string' || typeof point !== 'string') return undefined
  const base = { device, alarm, kind, point, priority, state, detector }
  if (state === 'normal') return base
  const occurrence = parseOccurrence(fields['occurrence'])
  return occurrence ? { ...base, occurrence } : undefined
}

/** Undefined where it is none. */
export function parseOccurrence(item: unknown): Occurrence | undefined {
  const { id, text, by, ...fields } = savedFields(item)
  const over = savedFields(fields['over'])
  const overSince = savedNumber(over['since'])
  const since = savedNumber(fields['since'])
  const value = savedNumber(fields['value'])
  const limit = savedNumber(fields['limit'])
  if (!isUuid(id) || since === undefined || typeof text !== 'string') return undefined
  return {
    id,
    since,
    text,
    ...numbers(value, limit),
    ...(typeof by === 'string' ? { by } : {}),
    ...(overSince !== undefined && typeof over['text'] === 'string'
      ? { over: { since: overSince, text: over['text'] } }
      : {}),
  }
}
