import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { addCounts, encodeCounts, maxPoints } from './counts.ts'

const counts = fc
  .uniqueArray(fc.tuple(fc.integer({ min: 0, max: 200_000 }), fc.integer({ min: 1, max: 2 ** 40 })), {
    selector: ([id]) => id,
  })
  .map(pairs => new Map(pairs))

test('decoding gives back what was encoded, in any order of ids', () => {
  fc.assert(
    fc.property(counts, given => {
      const back = new Map<number, number>()
      addCounts(back, encodeCounts(given))
      expect(back).toEqual(given)
    }),
  )
})

test('a device polled once is three bytes, however many points it has', () => {
  const once = new Map(Array.from({ length: 100 }, (_, i) => [20 + i, 1] as const))
  expect(encodeCounts(once)).toHaveLength(3)
})

test('damaged bytes never throw and add nothing absurd', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), bytes => {
      const target = new Map<number, number>()
      addCounts(target, bytes)
      expect(target.size).toBeLessThanOrEqual(maxPoints + 1)
      expect([...target.values()].every(count => count >= 0)).toBe(true)
    }),
  )
})
