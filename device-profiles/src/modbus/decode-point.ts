import type { Quality } from '@lineside/contract'
import { decodeBcd } from './bcd.ts'
import type { ModbusPoint } from './profile.ts'
import { withFraction } from './fraction.ts'
import { floatReader, integerOf, integerReader, normalise, sentinelsOf, withoutSentinels } from './read-raw.ts'
import { bytePosition, read64, type Read } from './read-words.ts'
import { setQuality, type Readings } from './readings.ts'
import { powersOfTen, type Scaling } from './scale.ts'
import { transforms } from './transforms.ts'

/** Decodes one point from its bytes. */
export type DecodePoint = (view: DataView, into: Readings) => void
/** Power of ten from another register; NaN: not implemented. */
export type ReadExponent = (view: DataView) => number

/** Decoder of one point that lies at byte `at` (coils and discrete inputs: bit `at`) of an answer. */
export function compilePoint(point: ModbusPoint, scaling: Scaling, at: number, exponent?: ReadExponent): DecodePoint {
  if (point.table === 'coil' || point.table === 'discrete') return bitDecoder(point, at)
  switch (point.type) {
    case 'bool':
      return boolDecoder(point, at)
    case 'enum':
    case 'bitfield':
      return textDecoder(point, at, point.type === 'enum' ? enumText(point) : bitfieldText(point))
    case 'string':
      return stringDecoder(point, at)
    case 'int64':
    case 'uint64':
      return longDecoder(point, scaling, at, exponent)
    case 'float32':
    case 'float64':
      return numberDecoder(point, withoutSentinels(floatReader(point), sentinelsOf(point)), scaling, at, exponent)
    case 'bits':
      return numberDecoder(point, bitsReader(point), scaling, at, exponent)
    case 'bcd16':
    case 'bcd32':
      return bcdDecoder(point, at, numberDecoder(point, bcdReader(point), scaling, at, exponent))
    default: {
      const whole = withoutSentinels(integerReader(point), sentinelsOf(point))
      return numberDecoder(point, point.fraction ? withFraction(point, whole) : whole, scaling, at, exponent)
    }
  }
}

/** A value that is not finite is none. */
function store(point: string, value: number, low: number, high: number, into: Readings): void {
  if (value >= low && value <= high) into.values[point] = value + 0
  else setQuality(into, point, unstored(value))
}

function unstored(value: number): Quality {
  return Number.isFinite(value) ? 'bad:out_of_range' : 'bad:not_available'
}

function numberDecoder(
  point: ModbusPoint,
  read: Read,
  scaling: Scaling,
  at: number,
  exponent?: ReadExponent,
): DecodePoint {
  const { name, range: [low, high] = [-Number.MAX_VALUE, Number.MAX_VALUE] } = point
  const { multiplier, addend, divisor } = scaling
  if (point.transform) {
    const transform = transforms[point.transform]
    return (view, into) => {
      const value = scaled(read(view, at), scaling, exponent ? exponent(view) : 0)
      store(name, transform(value), low, high, into)
    }
  }
  if (exponent) return (view, into) => store(name, scaled(read(view, at), scaling, exponent(view)), low, high, into)
  if (scaling.identity) return (view, into) => store(name, read(view, at), low, high, into)
  return (view, into) => store(name, (read(view, at) * multiplier + addend) / divisor, low, high, into)
}

/** raw × 10^exponent, then scale and offset; NaN where the exponent is none. */
function scaled(raw: number, scaling: Scaling, exponent: number): number {
  const power = powersOfTen[Math.abs(exponent)]
  if (power === undefined) return Number.NaN
  const { multiplier, addend, divisor } = scaling
  return exponent < 0
    ? (raw * multiplier + addend * power) / (divisor * power)
    : (raw * multiplier * power + addend) / divisor
}

function bitDecoder(point: ModbusPoint, bit: number): DecodePoint {
  const { name } = point
  const byte = bit >> 3
  const mask = 1 << (bit & 7)
  return (view, into) => {
    into.values[name] = (view.getUint8(byte) & mask) !== 0
  }
}

function bitsReader(point: ModbusPoint): Read {
  const read = withoutSentinels(integerReader(point), sentinelsOf(point))
  const [from, to] = point.bits ?? [0, 15]
  const mask = (1 << (to - from + 1)) - 1
  return (view, at) => {
    const raw = read(view, at)
    return Number.isNaN(raw) ? raw : (raw >> from) & mask
  }
}

function boolDecoder(point: ModbusPoint, at: number): DecodePoint {
  const { name } = point
  const read = bitsReader(point)
  return (view, into) => {
    const raw = read(view, at)
    if (Number.isNaN(raw)) setQuality(into, name, 'bad:not_available')
    else into.values[name] = raw !== 0
  }
}

function textDecoder(point: ModbusPoint, at: number, text: (raw: number) => string): DecodePoint {
  const { name } = point
  const read = point.bits ? bitsReader(point) : withoutSentinels(integerReader(point), sentinelsOf(point))
  let known = Number.NaN
  let last = ''
  return (view, into) => {
    const raw = read(view, at)
    if (Number.isNaN(raw)) {
      setQuality(into, name, 'bad:not_available')
      return
    }
    if (raw !== known) {
      known = raw
      last = text(raw)
    }
    into.values[name] = last
  }
}

/** The name, or the number as text where the profile knows none. */
function enumText(point: ModbusPoint): (raw: number) => string {
  return raw => point.names.get(raw) ?? String(raw)
}

/** Names of the set bits from bit 0 up, joined with commas; `bit_7` where the profile knows none; empty where none is set. */
function bitfieldText(point: ModbusPoint): (raw: number) => string {
  const width = integerOf(point)?.bits ?? 16
  return raw => {
    const set: string[] = []
    for (let bit = 0; bit < width; bit++) {
      if ((raw >>> bit) & 1) set.push(point.names.get(bit) ?? `bit_${bit}`)
    }
    return set.join(',')
  }
}

function stringDecoder(point: ModbusPoint, at: number): DecodePoint {
  const { name } = point
  const length = point.count * 2
  const positions = Array.from({ length }, (_, index) => at + bytePosition(point.order, length, index))
  return (view, into) => {
    let text = ''
    for (const position of positions) {
      const byte = view.getUint8(position)
      if (byte !== 0) text += String.fromCharCode(byte)
    }
    text = text.trim()
    if (text === '') setQuality(into, name, 'bad:not_available')
    else into.values[name] = text
  }
}

function bcdReader(point: ModbusPoint): Read {
  const read = withoutSentinels(integerReader(point), sentinelsOf(point))
  return (view, at) => decodeBcd(read(view, at))
}

function bcdDecoder(point: ModbusPoint, at: number, decode: DecodePoint): DecodePoint {
  const { name } = point
  const read = withoutSentinels(integerReader(point), sentinelsOf(point))
  return (view, into) => {
    const raw = read(view, at)
    if (Number.isNaN(decodeBcd(raw)) && !Number.isNaN(raw)) setQuality(into, name, 'bad:malformed')
    else decode(view, into)
  }
}

function longDecoder(point: ModbusPoint, scaling: Scaling, at: number, exponent?: ReadExponent): DecodePoint {
  const { name, range: [low, high] = [-Number.MAX_VALUE, Number.MAX_VALUE] } = point
  const read = read64[point.order]
  const signed = point.type === 'int64'
  const sentinels = point.notAvailable
    .map(pattern => normalise(pattern, 64, false))
    .map(pattern => ({
      upper: Number(pattern >> 32n),
      lower: Number(pattern & 0xffff_ffffn),
    }))
  return (view, into) => {
    const upper = read.high(view, at)
    const lower = read.low(view, at)
    for (const sentinel of sentinels) {
      if (upper === sentinel.upper && lower === sentinel.lower) return setQuality(into, name, 'bad:not_available')
    }
    const raw = (signed ? upper | 0 : upper) * 4_294_967_296 + lower
    if (exponent) return store(name, scaled(raw, scaling, exponent(view)), low, high, into)
    if (!scaling.identity) {
      return store(name, (raw * scaling.multiplier + scaling.addend) / scaling.divisor, low, high, into)
    }
    if (Number.isSafeInteger(raw) || raw < low || raw > high) return store(name, raw, low, high, into)
    const exact = (BigInt(upper) << 32n) | BigInt(lower)
    into.values[name] = signed ? BigInt.asIntN(64, exact) : exact
  }
}
