import type { Quality } from '@lineside/contract'
import type { Decoded, Refused } from '../decoded.ts'
import type { Params } from '../values/point.ts'
import { type PointReader, pointReader } from '../values/point-reader.ts'
import { lowerAll, type Readings, setQuality } from '../values/readings.ts'
import { fillParams, withDefaults } from '../values/scaling.ts'
import { bytesOf, textOf } from './bytes.ts'
import { checkFrame, shorten } from './check-frame.ts'
import { createLayout } from './layouts/create-layout.ts'
import type { FieldTexts, Layout } from './layouts/layout.ts'
import type { SerialMessage, SerialPoint, SerialProfile, SerialSource } from './profile.ts'

/** One question, ready to send. */
export interface SerialRequest {
  readonly name: string
  readonly bytes: Uint8Array
  readonly timeoutMs: number
  readonly everyMs?: number
  /** Messages that answer it. */
  readonly answers: ReadonlySet<string>
}

export interface SerialDecoded extends Decoded {
  /** Name of the message; where a request waits, its `answers` say whether this is one. */
  readonly message: string
}

/** A profile made ready for one device. */
export interface CompiledSerial {
  /** In the order of the profile; none: the device talks by itself. */
  readonly requests: readonly SerialRequest[]
  /**
   * What a frame (without terminator) says; undefined: sound, but of no interest, so neither an error nor an answer.
   * `request` is the name of the request that waits: its answers are tried first.
   */
  decode(frame: Uint8Array | string, request?: string): SerialDecoded | Refused | undefined
}

/** Throws ProfileError (`unknown_param`) where a param has neither a value nor a default. */
export function compileSerial(profile: SerialProfile, device: { readonly params: Params }): CompiledSerial {
  const params = withDefaults(profile.params, device.params)
  const readers = [...profile.messages.values()].map(message => messageReader(profile, message, params))
  const requests = [...profile.polls.values()].map(poll => ({
    name: poll.name,
    bytes: bytesOf(fillParams(poll.send, params)),
    timeoutMs: poll.timeoutMs,
    ...(poll.everyMs === undefined ? {} : { everyMs: poll.everyMs }),
    answers: new Set(poll.answers.length > 0 ? poll.answers : profile.messages.keys()),
  }))
  const orders = new Map(
    requests.map(({ name, answers }) => [
      name,
      [...readers.filter(r => answers.has(r.message)), ...readers.filter(r => !answers.has(r.message))],
    ]),
  )
  const { checksum, others } = profile

  return {
    requests,
    decode(frame, request) {
      const bytes = typeof frame === 'string' ? bytesOf(frame) : frame
      const checked = checksum === undefined ? { ok: true as const, text: textOf(bytes) } : checkFrame(bytes, checksum)
      if (!checked.ok) return checked
      for (const { read } of (request === undefined ? undefined : orders.get(request)) ?? readers) {
        const outcome = read(checked.text)
        if (outcome !== 'other') return outcome
      }
      if (others === 'ignore') return undefined
      return { ok: false, reason: 'malformed', text: `"${shorten(checked.text)}" is no message of ${profile.profile}` }
    },
  }
}

interface MessageReader {
  readonly message: string
  readonly read: (text: string) => SerialDecoded | Refused | undefined | 'other'
}

function messageReader(profile: SerialProfile, message: SerialMessage, params: Params): MessageReader {
  const { name, refuse, ignore, status } = message
  const layout = createLayout(message)
  const statusAt = status === undefined ? -1 : layout.fields.indexOf(status.field)
  const points = [...profile.points.values()].flatMap(point =>
    point.from
      .filter(source => source.message === name)
      .map(source => ({ point, read: fieldReader(layout, point, source, params) })),
  )

  return {
    message: name,
    read(text) {
      const texts = layout.read(text)
      if (texts === 'other') return 'other'
      if (texts === 'malformed')
        return { ok: false, reason: 'malformed', text: `${name}: "${shorten(text)}" is incomplete` }
      if (ignore) return undefined
      if (refuse !== undefined) return { ok: false, reason: 'refused', text: `${refuse} ("${shorten(text)}")` }
      const believed = status === undefined ? 'good' : (status.values.get(texts[statusAt] ?? '') ?? 'bad:malformed')
      const into: Readings & { ok: true; message: string } = { ok: true, message: name, values: {} }
      for (const { point, read } of points) {
        if (isBad(believed) && !point.ignoresStatus) setQuality(into, point.name, believed)
        else read(into, texts)
      }
      if (believed !== 'good' && !isBad(believed)) lowerBelieving(into, believed, points)
      return into
    },
  }
}

function isBad(quality: 'good' | Quality): quality is Quality & `bad:${string}` {
  return quality.startsWith('bad:')
}

function lowerBelieving(into: Readings, quality: Quality, points: readonly { readonly point: SerialPoint }[]): void {
  const spared = points.filter(({ point }) => point.ignoresStatus).map(({ point }) => point.name)
  lowerAll(into, quality, spared)
}

function fieldReader(
  layout: Layout,
  point: SerialPoint,
  source: SerialSource,
  params: Params,
): (into: Readings, texts: FieldTexts) => void {
  const read: PointReader = pointReader(point, params)
  const at = layout.fields.indexOf(source.field)
  const unitAt = source.unit === undefined ? -1 : layout.fields.indexOf(source.unit)
  if (source.unit === undefined) return (into, texts) => read(into, texts[at], 'none')
  return (into, texts) => read(into, texts[at], { text: texts[unitAt] })
}
