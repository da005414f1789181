import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { backlogRequestBytes, nextBacklogAt } from './pace.ts'

test('whatever is sent when, the backlog keeps to its rate but for the last request', () => {
  const step = fc.record({ pauseMs: fc.nat(20_000), bytes: fc.nat(4_000_000) })
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 50 }), fc.integer({ min: 1000, max: 1e6 }), (steps, rate) => {
      let at = 0
      let now = 0
      let sent = 0
      for (const { pauseMs, bytes } of steps) {
        now += pauseMs
        if (now < at) continue
        expect(sent).toBeLessThanOrEqual((now * rate) / 1000 + 1)
        at = nextBacklogAt(at, now, bytes, rate)
        sent += bytes
      }
    }),
  )
})

test('without a rate nothing waits, with one a request is what ten seconds allow', () => {
  expect(nextBacklogAt(5, 7, 1e6, undefined)).toBe(7)
  expect(backlogRequestBytes(4e6, undefined)).toBe(4e6)
  expect(backlogRequestBytes(4e6, 200_000)).toBe(2e6)
  expect(backlogRequestBytes(4e6, 1000)).toBe(64 * 1024)
})
