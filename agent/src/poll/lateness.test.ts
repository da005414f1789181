import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { Lateness } from './lateness.ts'

test('each class counts every poll that began no later than its end', () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: 0, max: 20_000, noNaN: true })), lates => {
      const lateness = new Lateness()
      for (const late of lates) lateness.began(late)
      const { late: counts, lateMs } = lateness.read()
      expect(lateMs).toBeCloseTo(lates.reduce((sum, late) => sum + late, 0))
      for (const { endMs, polls } of counts) {
        expect(polls).toBe(lates.filter(late => endMs === undefined || late <= endMs).length)
      }
    }),
  )
})
