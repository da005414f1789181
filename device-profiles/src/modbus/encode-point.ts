import type { Value } from '@lineside/contract'
import { ProfileError } from '../error.ts'
import { encodeBcd } from './bcd.ts'
import { splitFraction } from './fraction.ts'
import type { ModbusPoint } from './profile.ts'
import { integerOf, normalise } from './read-raw.ts'
import { powersOfTen, type Scaling } from './scale.ts'
import { isSwapped } from './read-words.ts'
import { floatWords, integerWords, textWords } from './write-words.ts'

/** What to put where. Bits of a word outside `mask` keep what they are (half registers and bit ranges). */
export interface Cells {
  readonly words: readonly number[]
  /** Of each word: 0xFFFF but for half registers and bit ranges; 1 for coils and discrete inputs. */
  readonly mask: number
}

/** Encodes one point's value. Numbers are rounded to the raw type's step and clamped to its range. */
export function encodePoint(point: ModbusPoint, scaling: Scaling, exponent: number, value: Value): Cells {
  if (point.table === 'coil' || point.table === 'discrete') return { words: [truth(point, value) ? 1 : 0], mask: 1 }
  switch (point.type) {
    case 'bool':
      return encodeBits(point, truth(point, value) ? 1 : 0)
    case 'enum':
      return encodeRaw(point, enumRaw(point, value))
    case 'bitfield':
      return encodeRaw(point, bitfieldRaw(point, value))
    case 'string':
      return { words: textWords(stringBytes(point, value), point.order), mask: 0xffff }
    case 'float32':
    case 'float64': {
      const bits = point.type === 'float32' ? 32 : 64
      return { words: floatWords(rawNumber(point, scaling, exponent, value), bits, point.order), mask: 0xffff }
    }
    default:
      return point.fraction
        ? encodeFraction(point, rawNumber(point, scaling, exponent, value))
        : encodeRaw(point, rawInteger(point, scaling, exponent, value))
  }
}

/** What the device shows where it has no value; undefined where this point can't say so. */
export function encodeNotAvailable(point: ModbusPoint): Cells | undefined {
  if (point.table === 'coil' || point.table === 'discrete') return undefined
  if (point.type === 'string') return { words: Array.from({ length: point.count }, () => 0), mask: 0xffff }
  const [pattern] = point.notAvailable
  if (point.type === 'float32' || point.type === 'float64') {
    const value = pattern === undefined ? Number.NaN : Number(pattern)
    return { words: floatWords(value, point.type === 'float32' ? 32 : 64, point.order), mask: 0xffff }
  }
  if (pattern === undefined) return undefined
  const integer = integerOf(point)
  if (!integer) return undefined
  const word = integer.bits === 8 ? 16 : integer.bits
  const raw = integer.bits === 8 && point.half === 'high' ? BigInt(pattern) << 8n : BigInt(pattern)
  return { words: integerWords(raw, word, point.order), mask: integer.bits === 8 ? halfMask(point) : 0xffff }
}

function encodeFraction(point: ModbusPoint, raw: number): Cells {
  if (Number.isNaN(raw)) throw unfit(point, raw)
  const { whole, part } = splitFraction(raw, rawRange(point))
  const words = [...integerWords(whole, 32, point.order), ...floatWords(part, 32, point.order)]
  return { words, mask: 0xffff }
}

function halfMask(point: ModbusPoint): number {
  const high = point.half === 'high'
  return high === isSwapped(point.order) ? 0x00ff : 0xff00
}

/** An integer, or a field of bits, in its registers. */
function encodeRaw(point: ModbusPoint, raw: bigint): Cells {
  if (point.bits) return encodeBits(point, Number(raw))
  const integer = integerOf(point)
  if (!integer) throw unfit(point, raw)
  if (integer.bits === 8) {
    const byte = point.half === 'high' ? BigInt.asUintN(8, raw) << 8n : BigInt.asUintN(8, raw)
    return { words: integerWords(byte, 16, point.order), mask: halfMask(point) }
  }
  const packed = point.type === 'bcd16' || point.type === 'bcd32' ? BigInt(encodeBcd(Number(raw))) : raw
  return { words: integerWords(packed, integer.bits, point.order), mask: 0xffff }
}

function encodeBits(point: ModbusPoint, raw: number): Cells {
  const [from, to] = point.bits ?? [0, 15]
  const width = (1 << (to - from + 1)) - 1
  const [word = 0] = integerWords(BigInt((raw & width) << from), 16, point.order)
  const [mask = 0] = integerWords(BigInt(width << from), 16, point.order)
  return { words: [word], mask }
}

function rawInteger(point: ModbusPoint, scaling: Scaling, exponent: number, value: Value): bigint {
  const [least, most] = rawRange(point)
  const exact = typeof value === 'bigint' && scaling.identity ? value : undefined
  const number = exact === undefined ? Math.round(rawNumber(point, scaling, exponent, value)) : 0
  if (Number.isNaN(number)) throw unfit(point, value)
  const raw = exact ?? (Number.isFinite(number) ? BigInt(number) : number > 0 ? most : least)
  return raw < least ? least : raw > most ? most : raw
}

/** Least and greatest raw number of a point's type. */
export function rawRange(point: ModbusPoint): readonly [least: bigint, most: bigint] {
  if (point.type === 'bcd16') return [0n, 9999n]
  if (point.type === 'bcd32') return [0n, 99_999_999n]
  if (point.bits) return [0n, (1n << BigInt(point.bits[1] - point.bits[0] + 1)) - 1n]
  const integer = integerOf(point)
  if (!integer) return [0n, 0n]
  const bits = BigInt(integer.bits)
  return integer.signed ? [-(1n << (bits - 1n)), (1n << (bits - 1n)) - 1n] : [0n, (1n << bits) - 1n]
}

function rawNumber(point: ModbusPoint, scaling: Scaling, exponent: number, value: Value): number {
  if (typeof value !== 'number' && typeof value !== 'bigint') throw unfit(point, value)
  const { multiplier, addend, divisor } = scaling
  const number = Number(value)
  const power = powersOfTen[Math.abs(exponent)] ?? Number.NaN
  if (scaling.identity && exponent === 0) return number
  return exponent < 0
    ? ((number * divisor - addend) * power) / multiplier
    : (number * divisor - addend) / (multiplier * power)
}

function enumRaw(point: ModbusPoint, value: Value): bigint {
  const text = String(value)
  for (const [raw, name] of point.names) if (name === text) return BigInt(raw)
  if (/^-?\d{1,10}$/.test(text)) return BigInt(text)
  throw unfit(point, value)
}

function bitfieldRaw(point: ModbusPoint, value: Value): bigint {
  if (typeof value !== 'string') throw unfit(point, value)
  let raw = 0n
  for (const name of value.split(',').filter(part => part !== '')) {
    const named = [...point.names].find(([, known]) => known === name)?.[0]
    const bit = named ?? Number(/^bit_(\d{1,2})$/.exec(name)?.[1] ?? Number.NaN)
    if (Number.isNaN(bit)) throw unfit(point, name)
    raw |= 1n << BigInt(bit)
  }
  const { bits = 16, signed = false } = integerOf(point) ?? {}
  return normalise(raw, bits, signed)
}

function stringBytes(point: ModbusPoint, value: Value): Uint8Array {
  const bytes = new Uint8Array(point.count * 2)
  const text = Buffer.from(String(value), 'latin1').subarray(0, bytes.length)
  bytes.set(text, point.padding === 'end' ? 0 : bytes.length - text.length)
  return bytes
}

function truth(point: ModbusPoint, value: Value): boolean {
  if (typeof value === 'boolean') return value
  throw unfit(point, value)
}

function unfit(point: ModbusPoint, value: Value): ProfileError {
  return new ProfileError(
    'not_encodable',
    `point ${point.name}: ${String(value)} is no ${point.type}`,
    `give a value of type ${point.type}`,
  )
}
