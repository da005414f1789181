import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { emptyFrame, fitsBits, frameText, putBits, readBits, readFrame } from './frame.ts'

const frame = { prefix: 'ff99', bytes: 6 }

test('a frame is hexadecimal text that begins with the prefix and is long enough', () => {
  expect(readFrame('FF9901020304', frame)).toStrictEqual(Uint8Array.of(0xff, 0x99, 1, 2, 3, 4))
  expect(readFrame(' ff990102030405 ', frame)).toHaveLength(7)
  expect(readFrame('FF98010203', frame)).toBe('other')
  expect(readFrame(undefined, frame)).toBe('other')
})

test.each(['FF99010203', 'FF99010', 'FF99xx020304', 17, null, 'FF99'.padEnd(2050, '0')])('%s is no frame', raw => {
  expect(readFrame(raw, frame)).toBe('malformed')
})

test('bits count from the most significant of the first byte', () => {
  const bytes = Uint8Array.of(0xac, 0x36, 0xff, 0xfc)
  expect(readBits(bytes, { first: 0, count: 11, signed: false })).toBe(1377)
  expect(readBits(bytes, { first: 11, count: 5, signed: false })).toBe(22)
  expect(readBits(bytes, { first: 16, count: 16, signed: true })).toBe(-4)
  expect(readBits(bytes, { first: 16, count: 16, signed: false })).toBe(65_532)
})

test('what was put into bits is read from them, and the others stay', () => {
  const bits = fc.record({
    first: fc.integer({ min: 16, max: 40 }),
    count: fc.integer({ min: 1, max: 48 }),
    signed: fc.boolean(),
  })
  fc.assert(
    fc.property(bits, fc.integer({ min: -(2 ** 47), max: 2 ** 48 - 1 }), fc.boolean(), (run, value, ones) => {
      fc.pre(fitsBits(value, run))
      const bytes = emptyFrame({ prefix: 'ff99', bytes: 12 })
      if (ones) bytes.fill(0xff)
      putBits(bytes, run, value)
      expect(readBits(bytes, run)).toBe(value)
      const around = { first: 0, count: run.first, signed: false }
      const before = ones ? 2 ** run.first - 1 : 0xff99 * 2 ** (run.first - 16)
      expect(readBits(bytes, around)).toBe(before)
      expect(readFrame(frameText(bytes), { prefix: '', bytes: 12 })).toStrictEqual(bytes)
    }),
    { numRuns: 200 },
  )
})
