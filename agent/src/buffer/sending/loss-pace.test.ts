import { expect, test } from 'vitest'
import { reportedAt, untilReport } from './loss-pace.ts'

const minute = 60_000

test('a first loss is reported at once, the next ones after waits that grow to an hour', () => {
  expect(untilReport(undefined, 5)).toBe(0)
  let pace = reportedAt(undefined, 5)
  const waits = Array.from({ length: 9 }, () => {
    const wait = untilReport(pace, pace.atMs)
    pace = reportedAt(pace, pace.atMs + wait)
    return wait / minute
  })
  expect(waits).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60])
  expect(untilReport(pace, pace.atMs + 20 * minute)).toBe(40 * minute)
  expect(untilReport(pace, pace.atMs + 70 * minute)).toBe(0)
})

test('after a quiet time the waits begin anew', () => {
  const second = reportedAt(reportedAt(undefined, 0), minute)
  expect(second.waitMs).toBe(2 * minute)
  expect(reportedAt(second, second.atMs + 4 * minute - 1).waitMs).toBe(4 * minute)
  expect(reportedAt(second, second.atMs + 4 * minute).waitMs).toBe(minute)
})
