import type { Quality } from '@lineside/contract'
import type { Refused, Stamped } from '../decoded.ts'
import type { Params } from '../values/point.ts'
import { pointReader, type WireUnit } from '../values/point-reader.ts'
import { scalarText } from '../values/read-raw.ts'
import { lowerAll, type Readings, setQuality } from '../values/readings.ts'
import { shorten } from './check-frame.ts'
import type { SerialDecoded } from './decoded.ts'
import { splitUnit } from './layouts/attached-unit.ts'
import { createLayout } from './layouts/create-layout.ts'
import { type FieldTexts, isDamaged, type Layout } from './layouts/layout.ts'
import type { SerialMessage, SerialPoint, SerialProfile, SerialSource } from './profile.ts'
import { type StampedPoint, StampedReadings } from './stamped-readings.ts'
import { timeReader } from './field-time.ts'

export interface MessageReader {
  readonly message: string
  readonly read: (text: string) => SerialDecoded | Refused | undefined | 'other'
}

interface Building extends Readings {
  ok: true
  message: string
  t?: number
  stamped?: readonly Stamped[]
}

/** Adds what a message says of one point. */
type FieldReader = (into: Readings, texts: FieldTexts) => void

export function messageReader(profile: SerialProfile, message: SerialMessage, params: Params): MessageReader {
  const { name, refuse, ignore } = message
  const layout = createLayout(message, params, profile.checksum !== undefined && !profile.checksum.optional)
  const statuses = message.statuses.map(({ field, values }) => ({ at: layout.fields.indexOf(field), values }))
  const readTime = timeReader(message, params)
  const timeAt = message.time?.field === undefined ? -1 : layout.fields.indexOf(message.time.field)
  const sources = [...profile.points.values()].flatMap(point =>
    point.from
      .filter(source => source.message === name)
      .map(source => ({ point, source, read: fieldReader(layout, point, source, params) })),
  )
  const points = sources.filter(({ source }) => source.time === undefined)
  const stamped = new StampedReadings(
    sources.flatMap(({ point, source, read }): StampedPoint[] =>
      source.time === undefined ? [] : [{ name: point.name, timeAt: layout.fields.indexOf(source.time), read }],
    ),
    readTime,
  )

  return {
    message: name,
    read(text) {
      const texts = layout.read(text)
      if (texts === 'other') return 'other'
      if (texts === 'titles') return undefined
      if (isDamaged(texts)) {
        return {
          ok: false,
          reason: 'malformed',
          text: `${name}: "${shorten(text)}" is damaged: ${shorten(texts.damaged)}`,
        }
      }
      if (ignore) return undefined
      if (refuse !== undefined) return { ok: false, reason: 'refused', text: `${refuse} ("${shorten(text)}")` }
      const believed = worst(
        statuses.map(({ at, values }) => values.get(scalarText(texts[at]) ?? '') ?? 'bad:malformed'),
      )
      const into: Building = { ok: true, message: name, values: {} }
      const t = timeAt === -1 ? undefined : readTime(texts[timeAt])
      if (t !== undefined) into.t = t
      for (const { point, read } of points) {
        if (isBad(believed) && !point.ignoresStatus) setQuality(into, point.name, believed)
        else read(into, texts)
      }
      const own = stamped.read(texts, into)
      if (own.length > 0) into.stamped = own
      if (believed !== 'good' && !isBad(believed)) lowerBelieving(into, believed, points)
      return into
    },
  }
}

function worst(said: readonly ('good' | Quality)[]): 'good' | Quality {
  return said.find(isBad) ?? said.find(quality => quality !== 'good') ?? 'good'
}

function isBad(quality: 'good' | Quality): quality is Quality & `bad:${string}` {
  return quality.startsWith('bad:')
}

function lowerBelieving(into: Readings, quality: Quality, points: readonly { readonly point: SerialPoint }[]): void {
  const spared = points.filter(({ point }) => point.ignoresStatus).map(({ point }) => point.name)
  lowerAll(into, quality, spared)
}

function fieldReader(layout: Layout, point: SerialPoint, source: SerialSource, params: Params): FieldReader {
  const read = pointReader(point, params)
  const at = layout.fields.indexOf(source.field)
  const unitOf = unitReader(layout, source)
  const conditions = [...source.when].map(([field, wanted]) => ({ at: layout.fields.indexOf(field), wanted }))
  return (into, texts) => {
    const raw = texts[at]
    if (layout.sparse && raw === undefined) return
    if (conditions.some(one => !one.wanted.includes(scalarText(texts[one.at]) ?? ''))) return
    const { value, unit } = unitOf(raw, texts)
    read(into, value, unit)
  }
}

function unitReader(
  layout: Layout,
  source: SerialSource,
): (raw: unknown, texts: FieldTexts) => { readonly value: unknown; readonly unit: WireUnit } {
  if (source.unit === undefined) return raw => ({ value: raw, unit: 'none' })
  if (source.unit !== '*') {
    const unitAt = layout.fields.indexOf(source.unit)
    return (raw, texts) => ({ value: raw, unit: { text: texts[unitAt] } })
  }
  return raw => {
    const { value, unit } = splitUnit(raw, layout.unitMark)
    return { value, unit: { text: unit } }
  }
}
