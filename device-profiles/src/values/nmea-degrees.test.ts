import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatNmeaDegrees, parseNmeaDegrees } from './nmea-degrees.ts'

test.each([
  ['4916.45', 49.274166667],
  ['12311.12', 123.185333333],
  ['0000.0000', 0],
  ['00030', 0.5],
  ['-4807.038', -48.1173],
  ['4960.00', undefined],
  ['49', undefined],
  ['4916.', undefined],
  ['12345678', undefined],
  ['49.27', undefined],
])('%s is an angle of %s', (text, expected) => {
  expect(parseNmeaDegrees(text)).toBe(expected)
})

test('minutes never reach sixty', () => {
  expect(formatNmeaDegrees(48.99999999)).toBe('4900.00000')
  expect(formatNmeaDegrees(0.1, 0)).toBe('0006')
  expect(formatNmeaDegrees(Number.NaN)).toBe(undefined)
})

test('what was written is read again, and written the same', () => {
  fc.assert(
    fc.property(fc.double({ min: -180, max: 180, noNaN: true }), fc.integer({ min: 0, max: 6 }), (value, decimals) => {
      const text = formatNmeaDegrees(value, decimals) ?? ''
      const read = parseNmeaDegrees(text) ?? Number.NaN
      expect(Math.abs(read - value)).toBeLessThan(0.51 / 60 / 10 ** decimals + 1e-9)
      expect(formatNmeaDegrees(read, decimals)).toBe(text)
    }),
    { numRuns: 300 },
  )
})
