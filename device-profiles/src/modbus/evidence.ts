import type { Quality, Value } from '@lineside/contract'
import type { ModbusPoint } from './profile.ts'
import { integerOf } from './read-raw.ts'
import { asDecimal } from './scale.ts'

/** What one point of a profile says of whether the profile fits the unit that was read. */
export interface Evidence {
  /** How much likelier this is of the right device than of any other registers, as a power of two; negative: less likely. */
  readonly bits: number
  /** The value is one that a person could compare with a display. */
  readonly speaks: boolean
}

const nothing: Evidence = { bits: 0, speaks: false }
/** A value that no such device shows. Not final: profiles and devices have their oddities. */
const impossible: Evidence = { bits: -4, speaks: false }
/** The device has no such register; variants of one family lack some. */
export const refused: Evidence = { bits: -3, speaks: false }
/** Registers that nobody uses are 0 everywhere. */
const zero: Evidence = { bits: -0.2, speaks: false }

/** Of floats with arbitrary bits so few lie within six decades of one sign or the other: 40 of 512 exponents. */
const floatBits = 3.7
/** More than that is never believed of one value. */
const mostBits = 6
/** A float this much smaller than what is plausible is rather something else that is read as a float. */
const smallest = 1e-6

export function evidenceOf(point: ModbusPoint, value: Value | undefined, quality: Quality | undefined): Evidence {
  if (value === undefined) return quality === 'bad:not_available' || quality === undefined ? nothing : impossible
  if (typeof value === 'string') return point.type === 'enum' ? ofName(point, value) : ofText(point, value)
  if (typeof value === 'boolean' || point.type === 'bits') return nothing
  if (Number(value) === 0) return zero
  return point.type === 'float32' || point.type === 'float64' ? ofFloat(point, Number(value)) : ofInteger(point)
}

function ofText({ type }: ModbusPoint, text: string): Evidence {
  if (type === 'bitfield') return nothing
  if (!/^[\x20-\x7e]+$/.test(text)) return impossible
  // A printable byte is one of 95.
  return { bits: Math.min(mostBits, text.length * 1.4), speaks: text.length > 2 }
}

function ofName(point: ModbusPoint, text: string): Evidence {
  // Its profile names none, so that every number is one of them.
  if (point.names.size === 0) return nothing
  const isNamed = [...point.names.values()].includes(text)
  if (!isNamed) return { bits: -1, speaks: false }
  return point.names.get(0) === text ? zero : { bits: 2, speaks: true }
}

function ofFloat({ range }: ModbusPoint, value: number): Evidence {
  const size = range ? Math.max(Math.abs(range[0]), Math.abs(range[1])) : 1e6
  if (Math.abs(value) < size * smallest || Math.abs(value) > size * 1000) return impossible
  return { bits: range ? floatBits : floatBits / 2, speaks: true }
}

/** The narrower the plausible range in what the register can hold, the more a value in it says. */
function ofInteger(point: ModbusPoint): Evidence {
  const integer = integerOf(point)
  const scale = point.scale.reduce<number>((product, factor) => product * (typeof factor === 'number' ? factor : 1), 1)
  if (!point.range || !integer || !asDecimal(scale)) return { bits: 0.2, speaks: true }
  const span = Math.abs((point.range[1] - point.range[0]) / scale)
  return { bits: Math.min(mostBits, Math.max(0.2, integer.bits - Math.log2(Math.max(1, span)))), speaks: true }
}
