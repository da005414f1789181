import { shortestFloat32, type Value } from '@lineside/contract'
import { ProfileError } from '../error.ts'
import type { EncodedMessage } from '../mqtt/encode.ts'
import type { Params } from '../values/point.ts'
import { writePoint } from '../values/point-writer.ts'
import { fillParams, withDefaults } from '../values/scaling.ts'
import { integers } from './datatypes.ts'
import { encodePayload, type NewMetric } from './payload.ts'
import type { SparkplugPoint, SparkplugProfile } from './profile.ts'
import { type SparkplugPlace, sparkplugTopic } from './topic.ts'

/** Name of the metric by which a host asks a node for its births. */
export const rebirthMetric = 'Node Control/Rebirth'

interface Spoken {
  readonly point: SparkplugPoint
  readonly metric: string
  readonly alias: bigint
  last: Value | undefined
}

/** An edge node with one device, or with metrics of its own where the place names no device. */
export class SparkplugSpeaker {
  readonly #place: SparkplugPlace
  readonly #params: Params
  readonly #spoken: ReadonlyMap<string, Spoken>
  #bdSeq = -1
  #seq = 0

  constructor(profile: SparkplugProfile, place: SparkplugPlace, params: Params) {
    this.#place = place
    this.#params = withDefaults(profile.params, params)
    // Aliases of the node's own metrics come first.
    this.#spoken = new Map(
      [...profile.points.values()].map((point, i) => [
        point.name,
        { point, metric: fillParams(point.metric, this.#params), alias: BigInt(100 + i), last: undefined },
      ]),
    )
  }

  /** Begins the next session, and gives the will that belongs into its CONNECT. */
  begin(t: number): EncodedMessage {
    this.#bdSeq = (this.#bdSeq + 1) % 256
    return this.death(t)
  }

  death(timestamp: number): EncodedMessage {
    return this.#message('NDEATH', encodePayload({ timestamp, metrics: [this.#session()] }))
  }

  /** Births with the values that were said last, and no value where none was. */
  births(timestamp: number): readonly EncodedMessage[] {
    const { device } = this.#place
    this.#seq = 0
    const control: NewMetric = { name: rebirthMetric, type: 'Boolean', value: false }
    const own = [...this.#spoken.values()].map(one => this.#metric(one, one.last, { name: one.metric, timestamp }))
    const node = [this.#session(), control, ...(device === undefined ? own : [])]
    return [
      this.#message('NBIRTH', encodePayload({ timestamp, metrics: node, seq: this.#nextSeq() })),
      ...(device === undefined
        ? []
        : [this.#message('DBIRTH', encodePayload({ timestamp, metrics: own, seq: this.#nextSeq() }))]),
    ]
  }

  /** What is given alone, by alias. Throws ProfileError: `unknown_point`, `not_encodable`. */
  data(timestamp: number, values: Readonly<Record<string, Value>>): EncodedMessage {
    const said = Object.entries(values).map(([name, value]) => {
      const spoken = this.#spoken.get(name)
      if (!spoken) throw new ProfileError('unknown_point', `there is no point ${name}`, 'leave it out')
      return { spoken, value, metric: this.#metric(spoken, value, { timestamp }) }
    })
    for (const { spoken, value } of said) spoken.last = value
    const type = this.#place.device === undefined ? 'NDATA' : 'DDATA'
    const metrics = said.map(({ metric }) => metric)
    return this.#message(type, encodePayload({ timestamp, metrics, seq: this.#nextSeq() }))
  }

  #metric(
    { point, alias }: Spoken,
    value: Value | undefined,
    more: { readonly name?: string; readonly timestamp: number },
  ): NewMetric {
    const type = point.datatype
    return { ...more, alias, type, value: value === undefined ? null : metricOf(point, value, this.#params) }
  }

  #session(): NewMetric {
    return { name: 'bdSeq', type: 'Int64', value: this.#bdSeq }
  }

  #nextSeq(): number {
    const seq = this.#seq
    this.#seq = (seq + 1) % 256
    return seq
  }

  #message(type: 'NBIRTH' | 'NDATA' | 'NDEATH' | 'DBIRTH' | 'DDATA', payload: Uint8Array): EncodedMessage {
    return { topic: sparkplugTopic(type, this.#place), payload, retain: false, qos: type === 'NDEATH' ? 1 : 0 }
  }
}

/** A value as the point's datatype holds it. */
function metricOf(point: SparkplugPoint, value: Value, params: Params): NonNullable<NewMetric['value']> {
  const text = writePoint(point, value, params)
  const { datatype } = point
  const integer = integers[datatype]
  if (datatype === 'Boolean') return text === 'true'
  if (datatype === 'Double') return Number(text)
  if (datatype === 'Float') return shortestFloat32(Number(text))
  if (!integer) return text
  const whole = /^-?\d+$/.test(text) ? BigInt(text) : undefined
  const { bits, signed } = integer
  if (whole !== undefined && whole === (signed ? BigInt.asIntN(bits, whole) : BigInt.asUintN(bits, whole))) return whole
  throw new ProfileError(
    'not_encodable',
    `point ${point.name}: ${text} is no ${datatype}`,
    'give a value that it holds',
  )
}

/** Asks a node for its births. */
export function encodeRebirth(place: SparkplugPlace, timestamp: number): EncodedMessage {
  const metrics: NewMetric[] = [{ name: rebirthMetric, type: 'Boolean', value: true }]
  return { topic: sparkplugTopic('NCMD', place), payload: encodePayload({ timestamp, metrics }), retain: false, qos: 0 }
}
