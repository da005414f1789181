import { seededRandom } from '@lineside/contract/testing'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { createSchedule, finishTurn, spreadOrigins, takeTurn, wantEverything, missedSince } from './schedule.ts'

const point = (name: string, everyMs: number, urgent = false) => ({ name, everyMs, urgent })

test('due times stay on the grid however late each poll is', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 5000 }),
      fc.array(fc.double({ min: 0, max: 0.99, noNaN: true }), { minLength: 1, maxLength: 50 }),
      (everyMs, delays) => {
        const schedule = createSchedule([point('a', everyMs)], 123.25)
        delays.forEach((share, n) => {
          expect(schedule.dueMs).toBeCloseTo(123.25 + n * everyMs, 6)
          expect(takeTurn(schedule, schedule.dueMs + share * everyMs)?.missed).toBe(0)
        })
      },
    ),
    { numRuns: 100 },
  )
})

test('a time that was due is taken once, and the next one lies after it, for any interval and origin', () => {
  fc.assert(
    fc.property(
      fc.double({ min: 0.001, max: 1e6, noNaN: true }),
      fc.double({ min: 0, max: 1e9, noNaN: true }),
      fc.integer({ min: 0, max: 1000 }),
      (everyMs, origin, slots) => {
        const schedule = createSchedule([point('a', everyMs)], origin)
        const now = origin + slots * everyMs
        expect(takeTurn(schedule, now)?.turn.points).toEqual(['a'])
        expect(takeTurn(schedule, now)).toBeUndefined()
      },
    ),
    { numRuns: 200 },
  )
})

test('points of different intervals share a poll when they are due together', () => {
  const schedule = createSchedule([point('slow', 10_000), point('fast', 1000), point('fast2', 1000)], 0)
  expect(takeTurn(schedule, 0)?.turn.points).toEqual(['fast', 'fast2', 'slow'])
  for (let n = 1; n < 10; n++) expect(takeTurn(schedule, n * 1000)?.turn.points).toEqual(['fast', 'fast2'])
  expect(takeTurn(schedule, 10_000)?.turn.points).toEqual(['fast', 'fast2', 'slow'])
})

test('the same points come under the same key', () => {
  const schedule = createSchedule([point('slow', 2000), point('fast', 1000)], 0)
  const keys = [0, 1000, 2000, 3000].map(now => takeTurn(schedule, now)?.turn)
  expect(keys[2]).toBe(keys[0])
  expect(keys[3]).toBe(keys[1])
})

test('points that an alarm looks at are read first', () => {
  const schedule = createSchedule([point('a', 1000), point('b', 1000, true), point('c', 500)], 0)
  expect(takeTurn(schedule, 0)?.turn.points).toEqual(['b', 'c', 'a'])
})

test('slots that pass without a poll are counted and not made up for', () => {
  const schedule = createSchedule([point('a', 1000)], 0)
  takeTurn(schedule, 0)
  expect([999, 1000, 1999, 2000, 5300].map(nowMs => missedSince(schedule, nowMs))).toEqual([0, 0, 0, 1, 4])
  expect(takeTurn(schedule, 5300)?.missed).toBe(4)
  expect(missedSince(schedule, 5300)).toBe(0)
  expect(schedule.dueMs).toBe(6000)
})

test('a slot that comes due while the poll runs is an overrun and is skipped', () => {
  const schedule = createSchedule([point('a', 1000), point('b', 60_000)], 0)
  takeTurn(schedule, 0)
  const taken = takeTurn(schedule, 1000)
  expect(taken && finishTurn(schedule, taken.turn, 3200)).toBe(2)
  expect(schedule.dueMs).toBe(4000)
})

test('a poll that ends in time has no overrun', () => {
  const schedule = createSchedule([point('a', 1000)], 0)
  const taken = takeTurn(schedule, 0)
  expect(taken && finishTurn(schedule, taken.turn, 999)).toBe(0)
  expect(schedule.dueMs).toBe(1000)
})

test('wanting everything reads all points now and leaves the grid where it was', () => {
  const schedule = createSchedule([point('a', 1000), point('b', 60_000)], 0)
  takeTurn(schedule, 0)
  wantEverything(schedule, 300)
  expect(takeTurn(schedule, 300)?.turn.points).toEqual(['a', 'b'])
  expect(schedule.dueMs).toBe(1000)
})

test.each([
  { everyMs: 60_000, slotMs: 250 },
  { everyMs: 1000, slotMs: 250 },
  { everyMs: 100, slotMs: 25 },
  { everyMs: 50, slotMs: 25 },
  { everyMs: 20, slotMs: 20 },
  { everyMs: 5, slotMs: 5 },
])('first polls at $everyMs ms are spread over slots of $slotMs ms that all lines share', ({ everyMs, slotMs }) => {
  const intervals = Array.from({ length: 20 }, () => everyMs)
  const origins = [1, 2, 3].flatMap(seed => spreadOrigins(intervals, 20, 503.5, seededRandom(seed)))
  expect(new Set(origins).size).toBe(Math.min(everyMs, 1000) / slotMs)
  for (const origin of origins) {
    expect(origin % slotMs).toBe(0)
    expect(origin).toBeGreaterThanOrEqual(503.5)
    expect(origin).toBeLessThan(503.5 + Math.min(everyMs, 1000) + slotMs)
  }
})

test.each([
  { sharing: 1, slots: 1 },
  { sharing: 25, slots: 1 },
  { sharing: 200, slots: 8 },
  { sharing: 4000, slots: 50 },
])('$sharing devices, each on a line of its own, begin in $slots slots of a second', ({ sharing, slots }) => {
  const random = seededRandom(1)
  const origins = Array.from({ length: 1000 }, () => spreadOrigins([1000], sharing, 0, random)[0])
  expect(new Set(origins).size).toBe(slots)
})

test('more intervals than turns can tell apart are polled more often than asked, never less', () => {
  const points = Array.from({ length: 40 }, (_, i) => point(`p${i}`, 1000 * (i + 1)))
  const schedule = createSchedule(points, 0)
  expect(schedule.groups).toHaveLength(30)
  expect(schedule.groups.at(-1)?.points.map(p => p.name)).toContain('p39')
})
