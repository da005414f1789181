import { ProfileError } from '../error.ts'
import type { ModbusPoint } from './profile.ts'
import { read16, read32, type Read } from './read-words.ts'
import { shortestFloat32 } from '@lineside/contract'

const scratch = new DataView(new ArrayBuffer(8))

/** Bits and sign of the integer a point's raw value is; undefined for what is none. */
export function integerOf(
  point: ModbusPoint,
): { readonly bits: 8 | 16 | 32 | 64; readonly signed: boolean } | undefined {
  switch (point.type) {
    case 'int8':
    case 'uint8':
      return { bits: 8, signed: point.type === 'int8' }
    case 'int16':
    case 'uint16':
      return { bits: 16, signed: point.type === 'int16' }
    case 'int32':
    case 'uint32':
      return { bits: 32, signed: point.type === 'int32' }
    case 'int64':
    case 'uint64':
      return { bits: 64, signed: point.type === 'int64' }
    case 'bool':
    case 'bits':
      return { bits: 16, signed: false }
    case 'enum':
    case 'bitfield':
      return {
        bits: point.carrier === 'uint16' || point.carrier === 'int16' ? 16 : 32,
        signed: point.carrier === 'int16' || point.carrier === 'int32',
      }
    case 'bcd16':
      return { bits: 16, signed: false }
    case 'bcd32':
      return { bits: 32, signed: false }
    default:
      return undefined
  }
}

/** Reads a raw integer of up to 32 bits. */
export function integerReader(point: ModbusPoint): Read {
  const integer = integerOf(point)
  const word = read16[point.order]
  const long = read32[point.order]
  switch (integer?.bits) {
    case 8: {
      const byte: Read = point.half === 'high' ? (view, at) => word(view, at) >> 8 : (view, at) => word(view, at) & 0xff
      return integer.signed ? (view, at) => (byte(view, at) << 24) >> 24 : byte
    }
    case 16:
      return integer.signed ? (view, at) => (word(view, at) << 16) >> 16 : word
    case 32:
      return integer.signed ? (view, at) => long(view, at) | 0 : long
    default:
      throw new ProfileError(
        'not_encodable',
        `point ${point.name}: ${point.type} is no integer of up to 32 bits`,
        'use another type',
      )
  }
}

/** Reads a float; float32 as the double that prints shortest. */
export function floatReader(point: ModbusPoint): Read {
  const long = read32[point.order]
  if (point.type === 'float32') {
    if (point.order === 'abcd') return (view, at) => shortestFloat32(view.getFloat32(at))
    return (view, at) => {
      scratch.setUint32(0, long(view, at))
      return shortestFloat32(scratch.getFloat32(0))
    }
  }
  return doubleReader(point)
}

function doubleReader(point: ModbusPoint): Read {
  const { order } = point
  if (order === 'abcd') return (view, at) => view.getFloat64(at)
  if (order === 'dcba') return (view, at) => view.getFloat64(at, true)
  const long = read32[order]
  return order === 'cdab'
    ? (view, at) => joined(long(view, at + 4), long(view, at))
    : (view, at) => joined(long(view, at), long(view, at + 4))
}

function joined(high: number, low: number): number {
  scratch.setUint32(0, high)
  scratch.setUint32(4, low)
  return scratch.getFloat64(0)
}

/** The integer that `value` is in a field of `bits`, signed or not: 0x8000 is −32768 in an int16. */
export function normalise(value: number | bigint, bits: number, signed: boolean): bigint {
  return signed ? BigInt.asIntN(bits, BigInt(value)) : BigInt.asUintN(bits, BigInt(value))
}

/** Turns a raw value that means "no value" into NaN. */
export function withoutSentinels(read: Read, sentinels: readonly number[]): Read {
  const [first, second] = sentinels
  if (first === undefined) return read
  if (second === undefined) {
    return (view, at) => {
      const raw = read(view, at)
      return raw === first ? Number.NaN : raw
    }
  }
  return (view, at) => {
    const raw = read(view, at)
    return sentinels.includes(raw) ? Number.NaN : raw
  }
}

/** A point's "no value" patterns as its reader gives them. */
export function sentinelsOf(point: ModbusPoint): readonly number[] {
  const integer = integerOf(point)
  return point.notAvailable.map(pattern =>
    integer ? Number(normalise(pattern, integer.bits, integer.signed)) : Number(pattern),
  )
}
