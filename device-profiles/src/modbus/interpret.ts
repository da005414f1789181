import type { Value } from '@lineside/contract'
import { compilePoint } from './decode-point.ts'
import { plainPoint } from './plain-point.ts'
import { type WordOrder, wordOrders } from './types.ts'
import type { Readings } from './readings.ts'
import { makeScaling } from './scale.ts'

/** Types that a number in registers may have, and how many registers each takes. */
export const numberTypes = {
  int16: 1,
  uint16: 1,
  int32: 2,
  uint32: 2,
  float32: 2,
  int64: 4,
  uint64: 4,
  float64: 4,
  bcd16: 1,
  bcd32: 2,
} as const
export type NumberType = keyof typeof numberTypes

/** Registers that were read: protocol address → word. Those that the device refuses are not there. */
export type RegisterImage = ReadonlyMap<number, number>

/** One way to read a number out of registers. */
export interface Interpretation {
  /** Protocol address of the first register. */
  readonly address: number
  readonly type: NumberType
  readonly order: WordOrder
  readonly value: number | bigint
}

const identity = makeScaling([], 0)
/** One register has no words to exchange. */
const ordersOfOne: readonly WordOrder[] = ['abcd', 'badc']
const types = Object.keys(numberTypes).filter(isNumberType)

function isNumberType(name: string): name is NumberType {
  return Object.hasOwn(numberTypes, name)
}

/** Every number that registers from an address on may be; none where a register is missing or the bytes are no number. */
export function interpret(image: RegisterImage, address: number): readonly Interpretation[] {
  return types.flatMap(type => {
    const count = numberTypes[type]
    const words = Array.from({ length: count }, (_, n) => image.get(address + n))
    const view = new DataView(new ArrayBuffer(count * 2))
    for (const [n, word] of words.entries()) {
      if (word === undefined) return []
      view.setUint16(n * 2, word)
    }
    const orders = count === 1 ? ordersOfOne : wordOrders
    return orders.flatMap(order => {
      const value = decode(type, order, view)
      return typeof value === 'number' || typeof value === 'bigint' ? [{ address, type, order, value }] : []
    })
  })
}

function decode(type: NumberType, order: WordOrder, view: DataView): Value | undefined {
  const point = { ...plainPoint('value', type, numberTypes[type]), order }
  const into: Readings = { values: {}, quality: undefined }
  compilePoint(point, identity, 0)(view, into)
  return into.values['value']
}
