import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { merge, noMoments, spreadOf } from './moments.ts'
import { createRollingWindow } from './rolling-window.ts'

const windowMs = 60_000
const base = fc.constantFrom(0, 1e3, -1e6, 1e9)
const readings = fc.array(
  fc.record({ after: fc.integer({ min: 0, max: 4_000 }), value: fc.double({ min: -5, max: 5, noNaN: true }) }),
  { minLength: 1, maxLength: 150 },
)

function naive(values: readonly number[]): { mean: number; spread: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0)
  return { mean, spread: values.length < 2 ? 0 : Math.sqrt(squares / (values.length - 1)) }
}

test('mean and spread are those of the readings of the window, also far from zero', () => {
  fc.assert(
    fc.property(base, readings, (offset, list) => {
      const window = createRollingWindow(windowMs, undefined, 0)
      const all: { at: number; value: number }[] = []
      let at = 0
      for (const { after, value } of list) {
        at += after
        window.learn(offset + value, at)
        all.push({ at, value })
      }
      // Whole steps: what was learnt in the present step and the 59 before.
      const firstStep = Math.floor(at / 1000) - 59
      const inside = all.filter(reading => Math.floor(reading.at / 1000) >= firstStep).map(({ value }) => value)
      const { mean, spread } = naive(inside)
      const moments = window.at(at)
      expect(moments.count).toBe(inside.length)
      expect(Math.abs(moments.mean - offset - mean)).toBeLessThan(1e-6)
      expect(Math.abs(spreadOf(moments) - spread)).toBeLessThan(1e-6)
    }),
  )
})

test('a saved window goes on in another run as if nothing had been', () => {
  fc.assert(
    fc.property(readings, readings, fc.integer({ min: 0, max: 1e9 }), (first, second, restartMs) => {
      const one = createRollingWindow(windowMs, undefined, 0)
      let at = 0
      for (const { after, value } of first) one.learn(value, (at += after))
      const two = createRollingWindow(windowMs, JSON.parse(JSON.stringify(one.snapshot(at))), restartMs)
      let passed = 0
      for (const { after, value } of second) {
        passed += after
        one.learn(value, at + passed)
        two.learn(value, restartMs + passed)
      }
      const [a, b] = [one.at(at + passed), two.at(restartMs + passed)]
      expect(b.count).toBe(a.count)
      expect(b.mean).toBeCloseTo(a.mean, 9)
      expect(spreadOf(b)).toBeCloseTo(spreadOf(a), 9)
    }),
  )
})

test('a flat signal has exactly no spread', () => {
  const window = createRollingWindow(windowMs, undefined, 0)
  for (let i = 0; i < 1000; i++) window.learn(230.2, i * 100)
  expect(spreadOf(window.at(100_000))).toBe(0)
})

test('everything leaves in time, also over a long silence', () => {
  const window = createRollingWindow(windowMs, undefined, 0)
  window.learn(5, 0)
  expect(window.at(59_000).count).toBe(1)
  expect(window.at(60_000).count).toBe(0)
  window.learn(6, 1e12)
  expect(window.at(1e12)).toMatchObject({ count: 1, mean: 6 })
})

test.each([
  null,
  'x',
  { windowMs: 1, parts: [[0, 1, 1, 0]] },
  { windowMs, parts: [[0, -1, 1, 1], [99, 1, 1, 1], ['a']] },
])('saved state %j that is no use is left out', saved => {
  expect(createRollingWindow(windowMs, saved, 0).at(0).count).toBe(0)
})

test('merging with nothing changes nothing', () => {
  const moments = { count: 2, mean: 3, m2: 4 }
  merge(moments, noMoments())
  expect(moments).toEqual({ count: 2, mean: 3, m2: 4 })
  const empty = noMoments()
  merge(empty, moments)
  expect(empty).toEqual(moments)
})
