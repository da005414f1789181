import { limits } from '@lineside/contract'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { firstRequestBytes, nextRequestBytes, smallerRequestBytes } from './request-size.ts'

test('requests grow on a quick line up to a quarter of the limit of the wire', () => {
  let size = firstRequestBytes
  for (let i = 0; i < 8; i++) size = nextRequestBytes(size, size, 100)
  expect(size).toBe(limits.requestBytes / 4)
})

test('on a slow line a request shrinks to what goes through in four seconds', () => {
  expect(nextRequestBytes(1_000_000, 1_000_000, 10_000)).toBe(400_000)
  expect(nextRequestBytes(1_000_000, 1_000_000, 1_000_000)).toBe(65_536)
})

test('a request with little to send leaves the size as it is', () => {
  expect(nextRequestBytes(300_000, 500, 20)).toBe(300_000)
})

test('the size stays within its bounds whatever is measured', () => {
  const size = fc.integer({ min: 65_536, max: limits.requestBytes })
  fc.assert(
    fc.property(size, fc.nat(8_000_000), fc.double({ min: 0, max: 1e9, noNaN: true }), (current, sent, elapsed) => {
      for (const next of [nextRequestBytes(current, sent, elapsed), smallerRequestBytes(current)]) {
        expect(next).toBeGreaterThanOrEqual(65_536)
        expect(next).toBeLessThanOrEqual(limits.requestBytes)
      }
    }),
  )
})
