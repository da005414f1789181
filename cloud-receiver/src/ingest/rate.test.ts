import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { createRate } from './rate.ts'

test('a burst is free, its excess is waited for, and gateways do not pay for one another', () => {
  const rate = createRate(1000, 4000)
  expect(rate.waitMs('a', 0)).toBe(0)
  rate.charge('a', 6000, 0)
  expect(rate.waitMs('a', 0)).toBe(2001)
  expect(rate.waitMs('b', 0)).toBe(0)
  expect(rate.waitMs('a', 2001)).toBe(0)
})

test('whoever keeps to the waits gets no more than the rate and one burst and one request', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 4000 }), { minLength: 1, maxLength: 50 }), sizes => {
      const rate = createRate(1000, 4000)
      let now = 0
      let sent = 0
      for (const size of sizes) {
        now += rate.waitMs('a', now)
        rate.charge('a', size, now)
        sent += size
      }
      expect(sent).toBeLessThanOrEqual(now + 4000 + 4000)
    }),
  )
})

test('ten thousand gateways are remembered and one more makes room', () => {
  const rate = createRate(1, 1)
  for (let i = 0; i < 10_001; i++) rate.charge(`gw${i}`, 10, 0)
  expect(rate.waitMs('gw10000', 0)).toBeGreaterThan(0)
  expect(rate.waitMs('gw0', 0)).toBe(0)
})
