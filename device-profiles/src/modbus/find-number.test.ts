import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { encodePoint } from './encode-point.ts'
import { findNumber, isShownAs, type NumberMatch, shownNumber } from './find-number.ts'
import { interpret, type NumberType, numberTypes, type RegisterImage } from './interpret.ts'
import { type WordOrder, wordOrders } from './types.ts'
import { makeScaling } from './scale.ts'
import { testPoint } from './testing.ts'

function image(words: readonly number[], start = 0): RegisterImage {
  return new Map(words.map((word, n) => [start + n, word]))
}

function registers(type: NumberType, order: WordOrder, raw: number | bigint): readonly number[] {
  const point = testPoint({ name: 'value', type, order, count: numberTypes[type] })
  return encodePoint(point, makeScaling([], 0), 0, raw).words
}

function wanted(text: string) {
  const shown = shownNumber(text)
  if (!shown) throw new Error(`${text} is no number`)
  return shown
}

const way = ({ address, type, order, scale }: NumberMatch) => `${address} ${type} ${order} ${scale}`
const best = (words: readonly number[], text: string) => findNumber(image(words), wanted(text)).map(way)[0]
const fits = (text: string, actual: number) => isShownAs(wanted(text), actual)
const limits: Readonly<Record<NumberType, number>> = {
  int16: 0x7fff,
  uint16: 0xffff,
  int32: 0x7fff_ffff,
  uint32: 0xffff_ffff,
  int64: 2 ** 49,
  uint64: 2 ** 49,
  bcd16: 9999,
  bcd32: 99_999_999,
  float32: 0,
  float64: 0,
}
const integers = (Object.keys(numberTypes) as NumberType[]).filter(type => !type.startsWith('float'))
const surroundings = fc.array(fc.nat(0xffff), { maxLength: 6 })
/** Of a type of one register cdab is the same as abcd. */
const orderAs = (type: NumberType, order: WordOrder): WordOrder =>
  numberTypes[type] > 1 ? order : order === 'badc' || order === 'dcba' ? 'badc' : 'abcd'

test('a whole number of any type, order and scale is found where it lies, however the display rounds', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...integers),
      fc.constantFrom(...wordOrders),
      fc.constantFrom(1, 0.1, 0.01, 0.001),
      fc.double({ min: 0.001, max: 1, noNaN: true }),
      surroundings,
      surroundings,
      (type, order, scale, part, before, after) => {
        const raw = Math.max(100, Math.floor(limits[type] * part))
        const words = [...before, ...registers(type, order, type.includes('64') ? BigInt(raw) : raw), ...after]
        const decimals = String(scale).length > 1 ? String(scale).length - 2 : 0
        const { multiplier, divisor } = makeScaling([scale], 0)
        const shown = ((raw * multiplier) / divisor).toFixed(decimals)
        const found = findNumber(image(words, 40), wanted(shown)).map(way)
        expect(found).toContain(`${40 + before.length} ${type} ${orderAs(type, order)} ${scale}`)
      },
    ),
  )
})

test('a float of any order is found where it lies, with as many digits as the display has', () => {
  fc.assert(
    fc.property(
      fc.constantFrom<NumberType>('float32', 'float64'),
      fc.constantFrom(...wordOrders),
      fc.double({ min: 1, max: 99_999, noNaN: true }),
      fc.boolean(),
      fc.integer({ min: 0, max: 2 }),
      surroundings,
      (type, order, size, isNegative, decimals, before) => {
        const value = Math.fround(isNegative ? -size : size)
        const words = [...before, ...registers(type, order, value)]
        const found = findNumber(image(words), wanted(value.toFixed(decimals))).map(way)
        expect(found).toContain(`${before.length} ${type} ${order} 1`)
      },
    ),
  )
})

test('all that is found is what the display shows, and can be read again in that way', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(0xffff), { minLength: 1, maxLength: 20 }), fc.nat(5000), (words, tenths) => {
      const text = (tenths / 10 + 0.1).toFixed(1)
      for (const match of findNumber(image(words, 7), wanted(text))) {
        expect(isShownAs(wanted(text), match.shown)).toBe(true)
        const again = interpret(image(words, 7), match.address)
        expect(again).toContainEqual({
          address: match.address,
          type: match.type,
          order: match.order,
          value: match.value,
        })
      }
    }),
  )
})

test('the usual way comes first', () => {
  expect(best([0x4366, 0x3333], '230.2')).toBe('0 float32 abcd 1')
  expect(best([0x3333, 0x4366], '230.2')).toBe('0 float32 cdab 1')
  expect(best([2302], '230.2')).toBe('0 uint16 abcd 0.1')
  expect(best([0, 2302], '230.2')).toBe('1 uint16 abcd 0.1')
  expect(best([1, 0x86a0], '10000.0')).toBe('0 uint32 abcd 0.1')
  expect(best([0xfff6], '-1.0')).toBe('0 int16 abcd 0.1')
})

test('digits decide how near is near enough', () => {
  expect([230.34, 230.35, 230.4, 230.45, 230.46].map(actual => fits('230.4', actual))).toEqual([
    false,
    true,
    true,
    true,
    false,
  ])
  expect([-229.4, -229.5, -230.4, -230.6].map(actual => fits('-230', actual))).toEqual([false, true, true, false])
  expect([0.44, 0.562, 1, 1.716].map(actual => fits('1', actual))).toEqual([false, true, true, false])
  expect([40, 41, 42].map(actual => fits('41', actual))).toEqual([false, true, false])
  expect(fits('0,05', 0.0512)).toBe(true)
  expect(shownNumber('230,4')).toEqual({ value: 230.4, step: 0.1 })
  for (const text of ['', '0', '0.00', 'abc', '1e3', '1.2.3', '--1']) expect(shownNumber(text)).toBeUndefined()
})

test('a register that is missing, and bytes that are no number, give nothing', () => {
  const sparse: RegisterImage = new Map([
    [0, 0x7fc0],
    [1, 0],
    [3, 0xabcd],
  ])
  const told = (address: number) => interpret(sparse, address).map(({ type, order }) => `${type} ${order}`)
  expect(told(0)).not.toContain('float32 abcd')
  expect(told(0)).toContain('uint32 cdab')
  expect(told(1)).toEqual(['int16 abcd', 'int16 badc', 'uint16 abcd', 'uint16 badc', 'bcd16 abcd', 'bcd16 badc'])
  expect(told(3)).toEqual(['int16 abcd', 'int16 badc', 'uint16 abcd', 'uint16 badc'])
  expect(told(2)).toEqual([])
})
