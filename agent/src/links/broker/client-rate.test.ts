import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { ClientRate } from './client-rate.ts'

test('a second of messages passes at once, what is more waits for its turn', () => {
  const rate = new ClientRate(4)
  expect([0, 0, 0, 0, 0, 0].map(now => rate.waitMs(now))).toEqual([0, 0, 0, 0, 250, 500])
  expect(rate.waitMs(10_000)).toBe(0)
})

test('within any time no more pass than the rate and one second of it allow, and in order', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 100 }), fc.array(fc.nat(500), { maxLength: 100 }), (perSecond, gaps) => {
      const rate = new ClientRate(perSecond)
      let now = 0
      const passed = gaps.map(gap => {
        now += gap
        return now + rate.waitMs(now)
      })
      for (const [i, from] of passed.entries()) {
        expect(from).toBeGreaterThanOrEqual(passed[i - 1] ?? 0)
        const last = passed.at(-1) ?? 0
        const allowed = perSecond * ((last - from) / 1000 + 1) + 1
        expect(passed.length - i).toBeLessThanOrEqual(allowed + 1e-6)
      }
    }),
    { numRuns: 200 },
  )
})
