import type { Entry, KnownEntry } from '../../entry.ts'
import { intervalSetOf } from '../../interval-set.ts'
import { limits } from '../../limits.ts'
import { isName, isUuid } from '../../names.ts'
import { isCount, isFields, isWithinDepth } from './fields.ts'
import type { Fields } from './fields.ts'

/** Whether a parsed value is an entry of wire version 1. A kind that is not known passes within bounds. */
export function isEntry(value: unknown): value is Entry {
  return entryProblem(value) === undefined
}

/** Whether a parsed value is an entry of one known kind. */
export function isKind<K extends KnownEntry['k']>(entry: Entry, kind: K): entry is Extract<KnownEntry, { k: K }> {
  return entry.k === kind
}

/** What keeps a parsed value from being an entry, as a sentence; undefined where nothing does. */
export function entryProblem(value: unknown): string | undefined {
  if (!isFields(value)) return 'entry is not an object'
  const kind = value['k']
  if (typeof kind !== 'string' || !isName(kind)) return 'entry has no kind k'
  if (!isOptional(value['fromBatch'], isBatch)) return 'entry: fromBatch is not {stream, seq}'
  const check = checks.get(kind)
  if (!check) return isWithinDepth(value, limits.depth) ? undefined : tooDeep
  return check(value)
}

type Check = (fields: Fields) => string | undefined

const checks: ReadonlyMap<string, Check> = new Map<KnownEntry['k'], Check>([
  ['sample', sampleProblem],
  ['alarm', alarmProblem],
  ['gap', gapProblem],
  ['summary', summaryProblem],
  ['released', releasedProblem],
  ['device', deviceProblem],
  ['state', stateProblem],
])

const maxTime = 8.64e15
const sampleKeys: ReadonlySet<string> = new Set(['k', 'device', 't', 'values', 'quality'])
const tooDeep = `entry is nested deeper than ${limits.depth}`
const qualityPattern = /^(uncertain|bad):[a-z][a-z0-9_]{0,63}$/
const wordPattern = /^[a-z][a-z0-9_]{0,63}$/

/**
 * States, events, reasons and priorities are taken as words: one that only a newer agent knows must not cost the
 * batch, least of all an alarm's.
 */
function isWord(value: unknown): value is string {
  return typeof value === 'string' && wordPattern.test(value)
}

function isTime(value: unknown): value is number {
  return isCount(value, 0) && value <= maxTime
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.length <= limits.textLength
}

function isFiniteNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value)
}

function isOptional(value: unknown, test: (value: unknown) => boolean): boolean {
  return value === undefined || test(value)
}

function isBatch(value: unknown): boolean {
  return isFields(value) && isUuid(value['stream']) && isCount(value['seq'], 1)
}

function isValue(value: unknown): boolean {
  switch (typeof value) {
    case 'number':
      return Number.isFinite(value)
    case 'boolean':
    case 'bigint':
      return true
    case 'string':
      return value.length <= limits.textLength
    default:
      return false
  }
}

function sampleProblem(fields: Fields): string | undefined {
  const { device, t, values, quality } = fields
  if (!isName(device)) return 'sample: device is not a name'
  if (!isTime(t)) return 'sample: t is not a time in ms'
  if (!isFields(values)) return 'sample: values is not an object'
  const valued = Object.keys(values)
  let points = valued.length
  for (const point of valued) {
    if (!isName(point)) return `sample: not a name of a point: ${quoted(point)}`
    if (!isValue(values[point])) return `sample: ${point} has no value that a reading can have`
  }
  if (quality !== undefined) {
    if (!isFields(quality)) return 'sample: quality is not an object'
    for (const point of Object.keys(quality)) {
      const text = quality[point]
      if (!isName(point)) return `sample: not a name of a point: ${quoted(point)}`
      if (typeof text !== 'string' || !qualityPattern.test(text))
        return `sample: ${point} has no quality uncertain:… or bad:…`
      const hasValue = Object.hasOwn(values, point)
      if (!hasValue) points++
      if (hasValue === text.startsWith('bad')) {
        return hasValue ? `sample: ${point} is bad and has a value` : `sample: ${point} is uncertain and has no value`
      }
    }
  }
  if (points > limits.samplePoints) return `sample: ${points} points; at most ${limits.samplePoints}`
  // What was looked at above is not deep: most of all that comes is samples.
  for (const key of Object.keys(fields)) {
    if (!sampleKeys.has(key) && !isWithinDepth(fields[key], limits.depth - 1)) return tooDeep
  }
  return undefined
}

function alarmProblem(fields: Fields): string | undefined {
  const { t, device, alarm, id, event, state, priority } = fields
  if (!isTime(t)) return 'alarm: t is not a time in ms'
  if (!isName(device)) return 'alarm: device is not a name'
  if (!isName(alarm)) return 'alarm: alarm is not a name'
  if (!isUuid(id)) return 'alarm: id is not a UUID'
  if (!isWord(event)) return 'alarm: event is not a word'
  if (!isWord(state)) return 'alarm: state is not a word'
  if (!isWord(priority)) return 'alarm: priority is not a word'
  if (!isText(fields['text'])) return 'alarm: text is not a text'
  if (!isOptional(fields['point'], isName)) return 'alarm: point is not a name'
  for (const key of ['value', 'limit'])
    if (!isOptional(fields[key], isFiniteNumber)) return `alarm: ${key} is no number`
  for (const key of ['message', 'action', 'by']) if (!isOptional(fields[key], isText)) return `alarm: ${key} is no text`
  return extrasProblem(fields)
}

function gapProblem(fields: Fields): string | undefined {
  const { t, reason, counts } = fields
  if (!isTime(t)) return 'gap: t is not a time in ms'
  if (!isWord(reason)) return 'gap: reason is not a word'
  const names = namesProblem(fields['names'])
  if (names) return `gap: ${names}`
  if (counts !== undefined && !(isFields(counts) && Object.values(counts).every(isCounts))) {
    return 'gap: counts is not {device: {point: number}}'
  }
  if (!isOptional(fields['countsAtMost'], value => value === true)) return 'gap: countsAtMost is not true'
  return extrasProblem(fields)
}

function isCounts(value: unknown): boolean {
  return isFields(value) && Object.values(value).every(count => isCount(count, 0))
}

function namesProblem(value: unknown): string | undefined {
  if (!Array.isArray(value) || value.length === 0) return 'names is not a list of {stream, seqs}'
  let intervals = 0
  for (const item of value) {
    if (!isFields(item) || !isUuid(item['stream']) || !Array.isArray(item['seqs'])) {
      return 'names holds something that is not {stream, seqs}'
    }
    intervals += item['seqs'].length
    if (item['seqs'].length === 0 || !intervalSetOf(item['seqs'])) return 'seqs is not a list of intervals'
  }
  return intervals > limits.namedIntervals ? `names holds ${intervals} intervals` : undefined
}

function summaryProblem(fields: Fields): string | undefined {
  const { t, until, device, points } = fields
  if (!isTime(t) || !isTime(until) || until < t) return 'summary: t to until is not a range of times in ms'
  if (!isName(device)) return 'summary: device is not a name'
  if (!isFields(points)) return 'summary: points is not an object'
  for (const [point, part] of Object.entries(points)) {
    if (!isName(point)) return `summary: not a name of a point: ${quoted(point)}`
    if (!isFields(part) || !isCount(part['count'], 1)) return `summary: ${point} is not {min, max, mean, count}`
    if (!['min', 'max', 'mean'].every(key => isFiniteNumber(part[key]))) return `summary: ${point} lacks a number`
  }
  const names = namesProblem(fields['names'])
  return names ? `summary: ${names}` : extrasProblem(fields)
}

function releasedProblem(fields: Fields): string | undefined {
  if (!isTime(fields['t'])) return 'released: t is not a time in ms'
  const names = namesProblem(fields['names'])
  return names ? `released: ${names}` : extrasProblem(fields)
}

function deviceProblem(fields: Fields): string | undefined {
  const { t, device, tags, points } = fields
  if (!isTime(t)) return 'device: t is not a time in ms'
  if (!isName(device)) return 'device: device is not a name'
  for (const key of ['profile', 'version']) if (!isText(fields[key])) return `device: ${key} is not a text`
  if (!isFields(tags) || !Object.values(tags).every(isText)) return 'device: tags is not an object of texts'
  if (!isFields(points)) return 'device: points is not an object'
  for (const [point, part] of Object.entries(points)) {
    if (!isName(point)) return `device: not a name of a point: ${quoted(point)}`
    if (!isFields(part) || !isText(part['type']) || !isOptional(part['unit'], isText)) {
      return `device: ${point} is not {type, unit?}`
    }
  }
  return extrasProblem(fields)
}

function stateProblem(fields: Fields): string | undefined {
  if (!isTime(fields['t'])) return 'state: t is not a time in ms'
  for (const key of ['scope', 'state']) if (!isWord(fields[key])) return `state: ${key} is not a word`
  if (!isText(fields['name'])) return 'state: name is not a text'
  if (!isOptional(fields['reason'], isText)) return 'state: reason is not a text'
  return extrasProblem(fields)
}

/** Fields that this version does not know are kept, within bounds. */
function extrasProblem(fields: Fields): string | undefined {
  return isWithinDepth(fields, limits.depth) ? undefined : tooDeep
}

function quoted(text: string): string {
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text)
}
