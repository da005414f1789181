import { shortestFloat32 } from '@lineside/contract'
import type { Refused } from '../decoded.ts'
import { maxPayloadBytes } from '../mqtt/read-payload.ts'
import { datatypeName, datatypeNumber, integers, type ScalarType } from './datatypes.ts'
import { type Field, readFields } from './wire-reader.ts'
import { WireWriter } from './wire-writer.ts'

/** What a metric carries: a scalar, nothing (`null`), or something that is no single value. */
export type MetricValue = number | bigint | boolean | string | null | { readonly unreadable: string }

export interface Metric {
  readonly name?: string
  readonly alias?: bigint
  /** UTC milliseconds. */
  readonly timestamp?: number
  /** In births always, in data where the node is talkative. */
  readonly datatype?: number
  /** It is from the past, and not the newest. */
  readonly historical: boolean
  /** The value's field as it travelled; what it means depends on the datatype, which a birth may have told. */
  readonly field?: Field
  readonly isNull: boolean
}

export interface SparkplugPayload {
  /** UTC milliseconds. */
  readonly timestamp?: number
  readonly metrics: readonly Metric[]
  /** 0…255; absent in deaths and commands. */
  readonly seq?: number
}

/** Most metrics of one payload. */
const maxMetrics = 10_000
const utf8 = new TextDecoder('utf-8', { fatal: true })

/**
 * `Payload { uint64 timestamp = 1; repeated Metric metrics = 2; uint64 seq = 3; string uuid = 4; bytes body = 5 }`.
 * What it doesn't know it passes over.
 */
export function decodePayload(bytes: Uint8Array): { readonly ok: true; readonly payload: SparkplugPayload } | Refused {
  if (bytes.length > maxPayloadBytes) return refuse(`payload of ${bytes.length} bytes, more than ${maxPayloadBytes}`)
  const fields = readFields(bytes)
  if (!fields) return refuse('payload is no protobuf')
  const metrics: Metric[] = []
  let timestamp: number | undefined
  let seq: number | undefined
  for (const { number, value } of fields) {
    if (number === 1 && typeof value === 'bigint') timestamp = Number(value)
    else if (number === 3 && typeof value === 'bigint') seq = Number(value)
    else if (number === 2 && value instanceof Uint8Array) {
      const metric = decodeMetric(value)
      if (!metric) return refuse(`metric ${metrics.length} of the payload can not be read`)
      if (metrics.push(metric) > maxMetrics) return refuse(`more than ${maxMetrics} metrics in one payload`)
    }
  }
  const times = timestamp === undefined ? {} : { timestamp }
  return { ok: true, payload: { ...times, metrics, ...(seq === undefined ? {} : { seq }) } }
}

function refuse(text: string): Refused {
  return { ok: false, reason: 'malformed', text }
}

/**
 * `Metric { string name = 1; uint64 alias = 2; uint64 timestamp = 3; uint32 datatype = 4; bool is_historical = 5; bool
 * is_transient = 6; bool is_null = 7; …; oneof value { uint32 int = 10; uint64 long = 11; float = 12; double = 13; bool =
 * 14; string = 15; bytes = 16; dataset = 17; template = 18; extension = 19 } }`
 */
function decodeMetric(bytes: Uint8Array): Metric | undefined {
  const fields = readFields(bytes)
  if (!fields) return undefined
  const metric: { -readonly [K in keyof Metric]: Metric[K] } = { historical: false, isNull: false }
  for (const field of fields) {
    const { number, value } = field
    if (number >= 10 && number <= 19) metric.field = field
    else if (value instanceof Uint8Array) {
      if (number !== 1) continue
      const name = textOf(value)
      if (name === undefined) return undefined
      metric.name = name
    } else if (number === 2) metric.alias = value
    else if (number === 3) metric.timestamp = Number(value)
    else if (number === 4) metric.datatype = Number(value)
    else if (number === 5) metric.historical = value !== 0n
    else if (number === 7) metric.isNull = value !== 0n
  }
  return metric
}

/** Within its bits, or a negative one extended to 32 or 64 of them, as writers do it. */
function travelsAs(value: bigint, whole: bigint, bits: number): boolean {
  if (value >> BigInt(bits) === 0n) return true
  return whole < 0n && [32, 64].some(width => BigInt.asUintN(width, whole) === value)
}

function textOf(bytes: Uint8Array): string | undefined {
  try {
    return utf8.decode(bytes)
  } catch {
    return undefined
  }
}

/** The value of a metric of a datatype. Float and double may be NaN or infinite: whoever reads them judges. */
export function metricValue({ field, isNull }: Metric, datatype: number | undefined): MetricValue {
  if (isNull || field === undefined) return null
  if (datatype === undefined) return { unreadable: 'its datatype is not known' }
  const name = datatypeName(datatype)
  const { number, value } = field
  const integer = integers[name]
  if (integer && (number === 10 || number === 11) && typeof value === 'bigint') {
    const whole = integer.signed ? BigInt.asIntN(integer.bits, value) : value
    if (!travelsAs(value, whole, integer.bits)) return { unreadable: `${value} is no ${name}` }
    const short = Number(whole)
    return Number.isSafeInteger(short) ? short : whole
  }
  if (name === 'Float' && field.fixed === 4 && typeof value === 'bigint') return float32Of(Number(value))
  if (name === 'Double' && field.fixed === 8 && typeof value === 'bigint') return float64Of(value)
  if (name === 'Boolean' && number === 14 && typeof value === 'bigint') return value !== 0n
  if ((name === 'String' || name === 'Text' || name === 'UUID') && number === 15 && value instanceof Uint8Array) {
    return textOf(value) ?? { unreadable: 'its text is not UTF-8' }
  }
  const single = integer !== undefined || ['Float', 'Double', 'Boolean', 'String', 'Text', 'UUID'].includes(name)
  return { unreadable: single ? `its value is no ${name}` : `${name} has no single value` }
}

const scratch = new DataView(new ArrayBuffer(8))

function float32Of(bits: number): number {
  scratch.setUint32(0, bits)
  return shortestFloat32(scratch.getFloat32(0))
}

function float64Of(bits: bigint): number {
  scratch.setBigUint64(0, bits)
  return scratch.getFloat64(0)
}

/** A metric to be written. */
export interface NewMetric {
  readonly name?: string
  readonly alias?: bigint
  readonly timestamp?: number
  readonly type: ScalarType
  readonly value: number | bigint | boolean | string | null
  readonly historical?: boolean
}

export function encodePayload(payload: {
  readonly timestamp: number
  readonly metrics: readonly NewMetric[]
  readonly seq?: number
}): Uint8Array {
  const writer = new WireWriter().varint(1, payload.timestamp)
  for (const metric of payload.metrics) writer.bytes(2, encodeMetric(metric))
  if (payload.seq !== undefined) writer.varint(3, payload.seq)
  return writer.finish()
}

function encodeMetric({ name, alias, timestamp, type, value, historical }: NewMetric): Uint8Array {
  const writer = new WireWriter()
  if (name !== undefined) writer.text(1, name)
  if (alias !== undefined) writer.varint(2, alias)
  if (timestamp !== undefined) writer.varint(3, timestamp)
  writer.varint(4, datatypeNumber(type))
  if (historical === true) writer.varint(5, 1)
  if (value === null) return writer.varint(7, 1).finish()
  const integer = integers[type]
  if (integer && typeof value !== 'string' && typeof value !== 'boolean') {
    const whole = BigInt(value)
    // Shorter types travel in the 32-bit field, negative ones in all of its bits. UInt32 is written as others write it.
    if (integer.bits === 64 || type === 'UInt32') writer.varint(11, BigInt.asUintN(64, whole))
    else writer.varint(10, BigInt.asUintN(32, whole))
  } else if (type === 'Float') writer.float(12, Number(value))
  else if (type === 'Double') writer.double(13, Number(value))
  else if (type === 'Boolean') writer.varint(14, value === true ? 1 : 0)
  else writer.text(15, String(value))
  return writer.finish()
}
