import type { Quality, Value } from '@lineside/contract'
import { ProfileError } from '../error.ts'
import type { Params } from '../values/point.ts'
import { usualUnit, writePoint } from '../values/point-writer.ts'
import { withDefaults } from '../values/scaling.ts'
import { bytesOf } from './bytes.ts'
import { sealFrame } from './check-frame.ts'
import { createLayout } from './layouts/create-layout.ts'
import type { Framing, SerialMessage, SerialProfile } from './profile.ts'

export interface SerialEncodeOptions {
  /**
   * Picks the first status text with this quality; default: what a point of the status field says, else good.
   * A bad one leaves out the points that it concerns.
   */
  readonly quality?: 'good' | Quality
  /** Point → unit text as the device writes it; default: the first of the point's units. */
  readonly units?: Readonly<Record<string, string>>
  readonly params?: Params
}

/**
 * One message as the device would send it, with checksum, marks and terminator. Points that are not given are empty.
 * Throws ProfileError: `unknown_point` (the message has no such point), `not_encodable` (the value doesn't fit).
 */
export function encodeSerialMessage(
  profile: SerialProfile,
  message: string,
  values: Readonly<Record<string, Value>>,
  options: SerialEncodeOptions = {},
): Uint8Array {
  const found = profile.messages.get(message)
  if (found === undefined) {
    const hint = `it has ${[...profile.messages.keys()].join(', ')}`
    throw new ProfileError('unknown_point', `${profile.profile} has no message ${message}`, hint)
  }
  const quality = options.quality ?? 'good'
  const texts = new Map<string, string>()
  if (found.status) texts.set(found.status.field, statusText(found, quality))
  for (const [name, value] of Object.entries(values)) putPoint(profile, found, texts, { name, value, quality, options })
  const line = createLayout(found).write(texts)
  if (line === undefined) {
    throw new ProfileError(
      'not_encodable',
      `message ${message}: a value is too long for its field`,
      'give a smaller one',
    )
  }
  return bytesOf(frameText(profile.checksum ? sealFrame(line, profile.checksum) : line, profile.framing))
}

interface Given {
  readonly name: string
  readonly value: Value
  readonly quality: 'good' | Quality
  readonly options: SerialEncodeOptions
}

function putPoint(profile: SerialProfile, message: SerialMessage, texts: Map<string, string>, given: Given): void {
  const { name, value, quality, options } = given
  const point = profile.points.get(name)
  const source = point?.from.find(from => from.message === message.name)
  if (point === undefined || source === undefined) {
    throw new ProfileError('unknown_point', `message ${message.name} has no point ${name}`, 'leave it out')
  }
  if (source.field === message.status?.field && options.quality !== undefined) return
  if (quality.startsWith('bad:') && !point.ignoresStatus) return
  const unit = source.unit === undefined ? undefined : (options.units?.[name] ?? usualUnit(point, value))
  texts.set(source.field, writePoint(point, value, withDefaults(profile.params, options.params ?? {}), unit))
  if (source.unit !== undefined && unit !== undefined) texts.set(source.unit, unit)
}

function statusText(message: SerialMessage, quality: 'good' | Quality): string {
  for (const [text, meaning] of message.status?.values ?? []) if (meaning === quality) return text
  throw new ProfileError(
    'not_encodable',
    `message ${message.name} can't say ${quality}`,
    'give a quality of its status',
  )
}

function frameText(content: string, framing: Framing): string {
  if (framing.kind === 'lines') return content + (framing.terminator === 'any' ? '\r\n' : framing.terminator)
  if (framing.kind === 'marked' && framing.keepMarks) return content
  return framing.start + content + framing.end + (framing.kind === 'marked' ? framing.tail : '')
}
