import { FakeClock } from '@lineside/contract/testing'
import { assert, double, integer, property } from 'fast-check'
import { expect, test } from 'vitest'
import { allowance, budgetWaitMs, monthOf, spend, wireBytes } from './budget.ts'
import { Purse } from './purse.ts'

const GB = 1e9
const dayMs = 86_400_000

test('the month is that of the plant, whatever UTC says', () => {
  const t = Date.UTC(2026, 9, 31, 23, 30)
  expect(monthOf(t, 'UTC').name).toBe('2026-10')
  expect(monthOf(t, 'Europe/Berlin')).toMatchObject({ name: '2026-11', elapsed: 0.5 / 24 / 30, day: 1 / 30 })
})

test('a month long, whoever would send all of it at once gets a day ahead and then as much as the time allows', () => {
  const ms = double({ min: 0, max: 30 * dayMs - 1, noNaN: true })
  assert(
    property(ms, integer({ min: 1e6, max: 100 * GB }), (at, budget) => {
      const month = monthOf(Date.UTC(2026, 10, 1) + at, 'UTC')
      const allowed = allowance(budget, month)
      expect(allowed).toBeLessThanOrEqual(budget)
      expect(allowed).toBeLessThanOrEqual((budget * (at / dayMs + 1)) / 30 + 1)
      expect(budgetWaitMs(budget, allowed * 0.9, month, false)).toBe(0)
      expect(budgetWaitMs(budget, allowed, month, false)).toBeGreaterThan(0)
    }),
  )
})

test('on the third day something is left for each of the other days', () => {
  let spent = 0
  const perDay: number[] = []
  for (let day = 0; day < 30; day++) {
    const allowed = allowance(2 * GB, monthOf(Date.UTC(2026, 10, 1 + day, 23, 59), 'UTC'))
    perDay.push(allowed - spent)
    spent = allowed
  }
  expect(Math.min(...perDay.slice(0, 29))).toBeGreaterThan(60e6)
  expect(spent).toBeCloseTo(2 * GB, -3)
})

test('what had to stop waits until it is worth a request', () => {
  const month = monthOf(Date.UTC(2026, 10, 10), 'UTC')
  const allowed = allowance(GB, month)
  expect(budgetWaitMs(GB, allowed - 1000, month, true)).toBeGreaterThan(30 * 60_000)
  expect(budgetWaitMs(GB, allowed - 1000, month, false)).toBe(0)
})

test('a new month begins at nothing, but not because a doubtful clock says so', () => {
  const before = { month: '2026-10', bytes: 77 }
  const month = monthOf(Date.UTC(2026, 10, 1), 'UTC')
  expect(spend(before, 5, month, true)).toEqual({ month: '2026-11', bytes: 5 })
  expect(spend(before, 5, month, false)).toEqual({ month: '2026-10', bytes: 82 })
})

test('a request takes what its connection counted with the headers of packets, and is estimated where nothing counted', () => {
  expect(wireBytes(5000, 14_000)).toBe(14_800)
  expect(wireBytes(5000, 0)).toBe(0)
  expect(wireBytes(5000, undefined)).toBe(5700)
})

test('what was spent is known after a restart, and what is not readable counts as nothing', () => {
  const clock = new FakeClock(Date.UTC(2026, 10, 1))
  let saved: string | undefined
  const save = (text: string) => (saved = text)
  const options = { budgetBytes: 30e6, timezone: 'UTC', clock, isCertain: () => true, save }
  const next = (text: string | undefined) => {
    const purse = new Purse(options)
    purse.restore(text)
    return purse
  }
  const first = next(undefined)
  first.spend(900_000)
  expect(first.waitMs()).toBe(0)
  first.spend(200_000)
  expect(first.waitMs()).toBeGreaterThan(0)
  first.close()
  expect(next(saved).status()).toMatchObject({ spentBytes: 1_100_000, budgetBytes: 30e6 })
  expect(next(saved).waitMs()).toBeGreaterThan(0)
  expect(next('{"month":3}').status().spentBytes).toBe(0)
})
