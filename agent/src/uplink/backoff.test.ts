import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { backoffCapMs, backoffMs, parseRetryAfter, retryAfterCapMs } from './backoff.ts'

const top = () => 1

test('the ceiling of the wait grows by half from a second to five minutes', () => {
  expect([1, 2, 3, 15, 16, 1000].map(n => Math.round(backoffMs(n, top) / 100) / 10)).toEqual([
    1, 1.5, 2.3, 291.9, 300, 300,
  ])
})

test('the wait is what was asked for, within its bound, and any time up to the ceiling on top of it', () => {
  const unit = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true })
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 5000 }), unit, fc.double({ noNaN: true }), (failures, random, asked) => {
      const wait = backoffMs(failures, () => random, asked)
      const granted = Math.min(Math.max(asked, 0), retryAfterCapMs)
      expect(wait).toBeGreaterThanOrEqual(granted)
      expect(wait).toBeLessThanOrEqual(backoffCapMs)
    }),
  )
})

test('Retry-After is read as seconds or as a date, and anything else as nothing', () => {
  const now = Date.parse('Wed, 21 Oct 2026 07:28:00 GMT')
  expect(parseRetryAfter('120', now)).toBe(120_000)
  expect(parseRetryAfter('Wed, 21 Oct 2026 07:28:30 GMT', now)).toBe(30_000)
  expect(parseRetryAfter('Wed, 21 Oct 2026 07:27:00 GMT', now)).toBe(0)
  expect(parseRetryAfter('soon', now)).toBeUndefined()
  expect(parseRetryAfter(undefined, now)).toBeUndefined()
})
