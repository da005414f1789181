import type { Decoded, Refused } from '../decoded.ts'
import type { Params } from '../values/point.ts'
import { type PointReader, pointReader } from '../values/point-reader.ts'
import { scalarText } from '../values/read-raw.ts'
import { lowerAll, type Readings } from '../values/readings.ts'
import { readBits, readFrame } from './frame.ts'
import { compilePath, type JsonPath, lookUp } from './json-path.ts'
import type { MqttBits, MqttMessage, MqttProfile, MqttSource } from './profile.ts'
import { type Read, readJson } from './read-payload.ts'
import { readTime } from './source-time.ts'

/** A payload that several messages may look at; JSON is parsed at the first need, once. */
export interface Payload {
  readonly text: string
  readonly retained: boolean
  json?: Read<object>
}

/** `other`: another kind of message on the same topic. */
export type MessageReader = (payload: Payload) => Decoded | Refused | 'other'

interface Target {
  readonly path: JsonPath
  readonly unit?: JsonPath
  readonly bits?: MqttBits
  readonly read: PointReader
}

interface Building extends Readings {
  ok: true
  t?: number
  available?: boolean
}

export function messageReader(profile: MqttProfile, message: MqttMessage, params: Params): MessageReader {
  const match = [...message.match].map(([path, texts]) => ({ path: compilePath(path, params), texts }))
  const time = message.time && { path: compilePath(message.time.path, params), forms: message.time.forms }
  const says = availabilityReader(message, params)
  const { frame } = message
  const framePath = frame?.path === undefined ? [] : compilePath(frame.path, params)
  const targets = [...profile.points.values()].flatMap(point =>
    point.from
      .filter(from => from.message === message.name)
      .map(from => target(from, pointReader(point, params), params)),
  )

  return payload => {
    const root =
      message.payload === 'text'
        ? ({ ok: true, value: payload.text } as const)
        : (payload.json ??= readJson(payload.text))
    if (!root.ok) return root
    for (const { path, texts } of match) {
      const text = scalarText(lookUp(root.value, path))
      if (text === undefined || !texts.includes(text)) return 'other'
    }
    const bytes = frame && readFrame(lookUp(root.value, framePath), frame)
    if (bytes === 'other') return 'other'
    if (bytes === 'malformed') return noFrame(message, payload)
    const into: Building = { ok: true, values: {} }
    if (says) {
      const available = says(root.value)
      if (available === undefined) return neither(message, payload)
      into.available = available
    }
    for (const { path, unit, bits, read } of targets) {
      if (bits) {
        if (bytes) read(into, readBits(bytes, bits), 'none')
        continue
      }
      const raw = lookUp(root.value, path)
      if (raw !== undefined) read(into, raw, unit === undefined ? 'none' : { text: lookUp(root.value, unit) })
    }
    const t = time && readTime(lookUp(root.value, time.path), time.forms)
    if (t !== undefined) into.t = t
    if (payload.retained) lowerAll(into, 'uncertain:retained')
    return into
  }
}

function target(from: MqttSource, read: PointReader, params: Params): Target {
  const path = from.path === undefined ? [] : compilePath(from.path, params)
  if (from.bits) return { path, read, bits: from.bits }
  return from.unit === undefined ? { path, read } : { path, read, unit: compilePath(from.unit, params) }
}

function availabilityReader(
  message: MqttMessage,
  params: Params,
): ((root: unknown) => boolean | undefined) | undefined {
  const { available } = message
  if (available === undefined) return undefined
  const path = available.path === undefined ? [] : compilePath(available.path, params)
  return root => {
    const text = scalarText(lookUp(root, path))?.trim()
    if (text === undefined) return undefined
    if (available.online.includes(text)) return true
    return available.offline.includes(text) ? false : undefined
  }
}

function neither(message: MqttMessage, payload: Payload): Refused {
  const text = `${message.name}: "${payload.text.slice(0, 40)}" says neither online nor offline`
  return { ok: false, reason: 'malformed', text }
}

function noFrame(message: MqttMessage, payload: Payload): Refused {
  const text = `${message.name}: "${payload.text.slice(0, 40)}" has no whole frame of ${message.frame?.bytes} bytes`
  return { ok: false, reason: 'malformed', text }
}
