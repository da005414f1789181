import { stringifyJson, type Value } from '@lineside/contract'
import { ProfileError } from '../error.ts'
import type { Params } from '../values/point.ts'
import { writePoint } from '../values/point-writer.ts'
import { fillParams } from '../values/scaling.ts'
import { type MqttDevice, mqttParams } from './compile.ts'
import { emptyFrame, fitsBits, frameText, putBits } from './frame.ts'
import { compilePath, putAt } from './json-path.ts'
import type { MqttBits, MqttFrame, MqttMessage, MqttPoint, MqttProfile, MqttSource } from './profile.ts'
import { writeTime } from './source-time.ts'

export interface EncodedMessage {
  readonly topic: string
  readonly payload: Uint8Array
  readonly retain: boolean
  /** Absent: 1. */
  readonly qos?: 0 | 1
}

interface Part {
  readonly point: MqttPoint
  readonly source: MqttSource
  readonly value: Value
}

/**
 * The messages that bring these values, as the device would send them; only what is given is in them. A point that
 * several messages bring goes into the first. `t` (UTC ms) is written where the profile has a source time.
 * Throws ProfileError: `unknown_point`, `not_encodable`.
 */
export function encodeMqttMessages(
  profile: MqttProfile,
  device: MqttDevice & { readonly t?: number },
  values: Readonly<Record<string, Value>>,
): readonly EncodedMessage[] {
  const byMessage = new Map<string, Part[]>()
  for (const [name, value] of Object.entries(values)) {
    const point = profile.points.get(name)
    const source = point?.from[0]
    if (point === undefined || source === undefined) {
      throw new ProfileError('unknown_point', `${profile.profile} has no point ${name}`, 'leave it out')
    }
    const parts = byMessage.get(source.message) ?? []
    parts.push({ point, source, value })
    byMessage.set(source.message, parts)
  }
  const params = mqttParams(profile, device)
  return [...profile.messages.values()].flatMap(message => {
    const parts = byMessage.get(message.name)
    return parts === undefined ? [] : [encoded(message, params, payloadOf(profile, message, parts, params, device.t))]
  })
}

/** The device's own word on whether it is there; empty where the profile has none. */
export function encodeAvailability(
  profile: MqttProfile,
  device: MqttDevice,
  available: boolean,
): readonly EncodedMessage[] {
  const params = mqttParams(profile, device)
  const messages = [...profile.messages.values()].filter(message => message.available !== undefined)
  return messages
    .filter((message, index) => messages.findIndex(other => other.topic === message.topic) === index)
    .map(message => {
      const text = (available ? message.available?.online : message.available?.offline)?.[0] ?? ''
      const path = message.available?.path
      const payload = path === undefined ? text : stringifyJson(putAt({}, compilePath(path, params), scalarOf(text)))
      return encoded(message, params, payload)
    })
}

function encoded(message: MqttMessage, params: Params, payload: string): EncodedMessage {
  const topic = fillParams(message.topic, params).replaceAll(/[+#]/g, '0')
  return { topic, payload: new TextEncoder().encode(payload), retain: message.retain }
}

function payloadOf(
  profile: MqttProfile,
  message: MqttMessage,
  parts: readonly Part[],
  params: Params,
  t: number | undefined,
): string {
  const { frame } = message
  const hex = frame && frameText(frameOf(profile, frame, parts, params))
  if (hex !== undefined && frame?.path === undefined) return hex
  if (message.payload === 'text') return parts.map(part => writePoint(part.point, part.value, params)).join('')
  let root: unknown
  const put = (path: string, value: unknown) => {
    root = putAt(root, compilePath(path, params), value)
  }
  for (const [path, texts] of message.match) put(path, scalarOf(texts[0] ?? ''))
  if (message.time && t !== undefined) put(message.time.path, writeTime(t, message.time.forms[0] ?? 'ms'))
  if (hex !== undefined && frame?.path !== undefined) put(frame.path, hex)
  for (const { point, source, value } of parts) {
    if (source.bits) continue
    const unit = source.unit === undefined ? undefined : [...point.units.keys()][0]
    const text = writePoint(point, value, params, unit)
    put(source.path ?? '', jsonValue(point, text))
    if (source.unit !== undefined && unit !== undefined) put(source.unit, unit)
  }
  return stringifyJson(root)
}

/** Points of the frame that are not given show that they have no value, where they can. */
function frameOf(profile: MqttProfile, frame: MqttFrame, parts: readonly Part[], params: Params): Uint8Array {
  const bytes = emptyFrame(frame)
  const given = new Map(parts.map(({ point, value }) => [point, value]))
  for (const point of profile.points.values()) {
    const bits = point.from[0]?.bits
    if (bits === undefined) continue
    const value = given.get(point)
    const [none = '0'] = point.notAvailable
    putBits(bytes, bits, rawBits(point, bits, value === undefined ? none : writePoint(point, value, params)))
  }
  return bytes
}

function rawBits(point: MqttPoint, bits: MqttBits, text: string): number {
  const raw = Number(text)
  if (fitsBits(raw, bits)) return raw
  throw new ProfileError(
    'not_encodable',
    `point ${point.name}: ${text} does not fit into ${bits.count} bits`,
    'give a value that the bits hold',
  )
}

function jsonValue(point: MqttPoint, text: string): unknown {
  if (point.type === 'string') return text
  return point.type === 'number' ? Number(text) : scalarOf(text)
}

/** Integers and true/false as JSON has them; any other text as a string. */
function scalarOf(text: string): unknown {
  if (text === 'true' || text === 'false') return text === 'true'
  if (!/^-?(?:0|[1-9]\d*)$/.test(text)) return text
  return Number.isSafeInteger(Number(text)) ? Number(text) : BigInt(text)
}
