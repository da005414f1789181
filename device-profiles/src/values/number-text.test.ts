import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatDecimal, parseDecimal, parseWhole } from './number-text.ts'

test.each([
  ['12.5', 12.5],
  ['+ 12.345', 12.345],
  ['-000.0', 0],
  ['.5', 0.5],
  ['5.', 5],
  ['1.5E-3', 0.0015],
])('"%s" is %d', (text, value) => {
  expect(parseDecimal(text)).toBe(value)
})

test.each(['', '+', '.', '1,5', '1 2', '12kg', '0x10', '1e', '1e999', 'Infinity', 'nan', '1_000', '--1', '١٢'])(
  '"%s" is no number',
  text => {
    expect(parseDecimal(text)).toBe(undefined)
    expect(parseWhole(text)).toBe(undefined)
  },
)

test('whole numbers are exact up to 64 bits', () => {
  expect(parseWhole('-0007')).toBe(-7)
  expect(parseWhole('9007199254740993')).toBe(9_007_199_254_740_993n)
  expect(parseWhole('18446744073709551615')).toBe(2n ** 64n - 1n)
  expect(parseWhole('18446744073709551616')).toBe(undefined)
  expect(parseWhole('-9223372036854775808')).toBe(-(2n ** 63n))
  expect(parseWhole('-9223372036854775809')).toBe(undefined)
  expect(parseWhole('1.0')).toBe(undefined)
})

test('a formatted number is read back within its decimals', () => {
  fc.assert(
    fc.property(fc.double({ min: -1e9, max: 1e9, noNaN: true }), fc.nat(6), (value, decimals) => {
      const back = parseDecimal(formatDecimal(value, decimals) ?? '')
      expect(Math.abs((back ?? Number.NaN) - value)).toBeLessThanOrEqual(0.5001 * 10 ** -decimals)
      expect(parseDecimal(formatDecimal(value, undefined) ?? '')).toBeCloseTo(value, 5)
    }),
    { numRuns: 200 },
  )
  expect(formatDecimal(Number.POSITIVE_INFINITY, 2)).toBe(undefined)
})
