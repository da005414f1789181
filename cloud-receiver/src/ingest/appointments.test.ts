import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { createAppointments, latestMs, soonestMs } from './appointments.ts'

test('those that are sent away together are told to come one after the other, at the pace of serving', () => {
  const appointments = createAppointments()
  for (let i = 0; i < 100; i++) appointments.served(1000, 20)
  const told = Array.from({ length: 1000 }, () => appointments.next(0))
  expect(told[0]).toBe(soonestMs)
  expect(told[999]).toBeGreaterThan(49_000)
  expect(told[999]).toBeLessThan(53_000)
  const counts = new Map<number, number>()
  for (const ms of told) counts.set(Math.floor(ms / 1000), (counts.get(Math.floor(ms / 1000)) ?? 0) + 1)
  expect(Math.max(...counts.values())).toBeLessThanOrEqual(21)
})

test('once the rush is over the wait is short again', () => {
  const appointments = createAppointments()
  for (let i = 0; i < 500; i++) appointments.next(0)
  expect(appointments.next(60_000)).toBe(soonestMs)
})

test('whatever serving took, the wait stays within its bounds', () => {
  const ms = fc.double({ min: 0, max: 1e9, noNaN: true })
  const served = fc.tuple(ms, fc.integer({ min: 1, max: 64 }))
  fc.assert(
    fc.property(fc.array(served), fc.array(ms), (all, times) => {
      const appointments = createAppointments()
      for (const [durationMs, underWay] of all) appointments.served(durationMs, underWay)
      for (const now of times.toSorted((a, b) => a - b)) {
        const wait = appointments.next(now)
        expect(wait).toBeGreaterThanOrEqual(soonestMs - 0.001)
        expect(wait).toBeLessThanOrEqual(latestMs + 0.001)
      }
    }),
  )
})
