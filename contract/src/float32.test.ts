import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { shortestFloat32 } from './float32.ts'

function float32(bits: number): number {
  return new DataView(Uint32Array.of(bits).buffer).getFloat32(0, true)
}

function shortestBySearch(single: number): number {
  for (let digits = 1; digits < 10; digits++) {
    const candidate = Number(single.toPrecision(digits))
    if (Math.fround(candidate) === single) return candidate
  }
  return single
}

test.each([
  [0x43663333, 230.2],
  [0x3dcccccd, 0.1],
  [0xc2f6e979, -123.456],
  [0x00000001, 1e-45],
  [0x7f7fffff, 3.4028235e38],
  [0x4b800000, 16777216],
  [0x5d5e0b6b, 1e18],
  [0x00000000, 0],
])('0x%s prints as %d', (bits, expected) => {
  expect(shortestFloat32(float32(bits))).toBe(expected)
})

test('the sign of zero, infinities and not-a-number stay', () => {
  expect(shortestFloat32(-0)).toBe(-0)
  expect(shortestFloat32(-Infinity)).toBe(-Infinity)
  expect(shortestFloat32(NaN)).toBeNaN()
})

test('the result rounds back to the same float32 and no shorter decimal does', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 0xffffffff }), bits => {
      const single = float32(bits)
      const shortest = shortestFloat32(single)
      expect(Math.fround(shortest)).toBe(single)
      if (Number.isFinite(single)) expect(digitsOf(shortest)).toBe(digitsOf(shortestBySearch(single)))
    }),
    { numRuns: 300 },
  )
})

test('a decimal of up to six digits comes back as itself', () => {
  fc.assert(
    fc.property(fc.integer({ min: -999_999, max: 999_999 }), fc.integer({ min: -20, max: 20 }), (whole, exponent) => {
      const decimal = Number(`${whole}e${exponent}`)
      expect(shortestFloat32(Math.fround(decimal))).toBe(decimal)
    }),
    { numRuns: 300 },
  )
})

function digitsOf(value: number): number {
  return value.toExponential().replace(/e.*$/, '').replaceAll(/[-.]/g, '').length
}
