import type { Quality, Value } from '@lineside/contract'
import { ProfileError } from '../error.ts'
import type { Params } from '../values/point.ts'
import { usualUnit, writePoint } from '../values/point-writer.ts'
import { withDefaults } from '../values/scaling.ts'
import { bytesOf } from './bytes.ts'
import { sealFrame } from './check-frame.ts'
import { timeText } from './field-time.ts'
import { joinUnit } from './layouts/attached-unit.ts'
import { createLayout } from './layouts/create-layout.ts'
import type { Layout } from './layouts/layout.ts'
import type { Framing, SerialMessage, SerialProfile } from './profile.ts'

export interface SerialEncodeOptions {
  /**
   * Picks the first status text with this quality; default: what a point of a status field says, else good.
   * A bad one leaves out the points that it concerns.
   */
  readonly quality?: 'good' | Quality
  /** Point → unit text as the device writes it; default: the first of the point's units. */
  readonly units?: Readonly<Record<string, string>>
  readonly params?: Params
  /** Source time, UTC ms, where the message says one; absent: it says none. */
  readonly t?: number
}

/**
 * One message as the device would send it, with checksum, marks and terminator, and behind the titles of its columns
 * where the device sends them. Points that are not given are empty.
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
  const params = withDefaults(profile.params, options.params ?? {})
  const layout = createLayout(found, params, false)
  const texts = new Map<string, string>()
  if (found.time?.field !== undefined && options.t !== undefined) {
    texts.set(found.time.field, timeText(found, options.t, params))
  }
  for (const [field, text] of statusTexts(found, quality)) texts.set(field, text)
  for (const [name, value] of Object.entries(values)) {
    putPoint(profile, found, { texts, layout }, { name, value, quality, params, options })
  }
  const line = layout.write(texts)
  if (line === undefined) {
    throw new ProfileError('not_encodable', `message ${message}: a value does not fit its field`, 'give a smaller one')
  }
  const framed = [...(layout.ahead === undefined ? [] : [layout.ahead]), line].map(content =>
    frameText(profile.checksum ? sealFrame(content, profile.checksum) : content, profile.framing),
  )
  return bytesOf(framed.join(''))
}

interface Given {
  readonly name: string
  readonly value: Value
  readonly quality: 'good' | Quality
  readonly params: Params
  readonly options: SerialEncodeOptions
}

interface Sheet {
  readonly texts: Map<string, string>
  readonly layout: Layout
}

function putPoint(profile: SerialProfile, message: SerialMessage, { texts, layout }: Sheet, given: Given): void {
  const { name, value, quality, params, options } = given
  const point = profile.points.get(name)
  const source = point?.from.find(from => from.message === message.name)
  if (point === undefined || source === undefined) {
    throw new ProfileError('unknown_point', `message ${message.name} has no point ${name}`, 'leave it out')
  }
  if (options.quality !== undefined && message.statuses.some(status => status.field === source.field)) return
  if (quality.startsWith('bad:') && !point.ignoresStatus) return
  const unit = source.unit === undefined ? undefined : (options.units?.[name] ?? usualUnit(point, value))
  const text = writePoint(point, value, params, unit)
  const attached = source.unit === '*' && unit !== undefined
  texts.set(source.field, attached ? joinUnit(text, unit, layout.unitMark) : text)
  if (source.unit !== undefined && unit !== undefined && !attached) texts.set(source.unit, unit)
  for (const [field, [wanted]] of source.when) if (wanted !== undefined) texts.set(field, wanted)
  if (source.time !== undefined && options.t !== undefined) texts.set(source.time, timeText(message, options.t, params))
}

/** One of the status fields says it, the others say good. */
function statusTexts({ name, statuses }: SerialMessage, quality: 'good' | Quality): ReadonlyMap<string, string> {
  const can = statuses.find(({ values }) => [...values.values()].includes(quality))
  if (statuses.length > 0 && can === undefined) throw cantSay(name, quality)
  return new Map(
    statuses.map(status => {
      const wanted = status === can ? quality : 'good'
      const text = [...status.values].find(([, meaning]) => meaning === wanted)?.[0]
      if (text === undefined) throw cantSay(name, wanted)
      return [status.field, text]
    }),
  )
}

function cantSay(message: string, quality: 'good' | Quality): ProfileError {
  return new ProfileError('not_encodable', `message ${message} can't say ${quality}`, 'give a quality of its status')
}

function frameText(content: string, framing: Framing): string {
  if (framing.kind === 'lines') return content + (framing.terminator === 'any' ? '\r\n' : framing.terminator)
  if (framing.kind === 'marked' && framing.keepMarks) {
    return content.endsWith(framing.tail) ? content : content + framing.tail
  }
  return framing.start + content + framing.end + (framing.kind === 'marked' ? framing.tail : '')
}
