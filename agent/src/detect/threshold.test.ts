import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { ThresholdRule } from './threshold-rule.ts'
import { createThreshold } from './threshold.ts'

const rule: ThresholdRule = {
  kind: 'threshold',
  device: 'press_3',
  name: 'bearing_hot',
  point: 'temperature',
  priority: 'high',
  high: 80,
  hysteresis: 3,
  onDelayMs: 10_000,
  offDelayMs: 5_000,
}
const instant: ThresholdRule = { ...rule, onDelayMs: 0, offDelayMs: 0 }

test('the condition must hold for the on-delay', () => {
  const detector = createThreshold(rule, undefined, 0)
  expect(detector.observe(81, 0)?.active).toBe(false)
  expect(detector.observe(82, 9_999)?.active).toBe(false)
  expect(detector.observe(81.4, 10_000)).toEqual({
    active: true,
    text: 'temperature 81.4 is above 80 for 10s',
    value: 81.4,
    limit: 80,
  })
})

test('one reading within the limits starts the on-delay anew', () => {
  const detector = createThreshold(rule, undefined, 0)
  for (const [at, value] of [
    [0, 81],
    [9_000, 79],
    [9_500, 81],
    [19_400, 81],
  ] as const) {
    expect(detector.observe(value, at)?.active).toBe(false)
  }
  expect(detector.observe(81, 19_500)?.active).toBe(true)
})

test('it ends when the value has come back by the hysteresis for the off-delay', () => {
  const detector = createThreshold({ ...rule, onDelayMs: 0 }, undefined, 0)
  expect(detector.observe(80.1, 0)?.active).toBe(true)
  expect(detector.observe(77.1, 60_000)?.active).toBe(true)
  expect(detector.observe(77, 61_000)?.active).toBe(true)
  expect(detector.observe(76.5, 66_000)).toEqual({
    active: false,
    text: 'temperature 76.5 is back: not above 77',
    value: 76.5,
  })
})

test('a low limit works the other way round', () => {
  const detector = createThreshold({ ...instant, high: 80, low: 10 }, undefined, 0)
  expect(detector.observe(9, 0)).toMatchObject({ active: true, text: 'temperature 9 is below 10', limit: 10 })
  expect(detector.observe(12, 1)?.active).toBe(true)
  expect(detector.observe(13, 2)).toMatchObject({
    active: false,
    text: 'temperature 13 is back: not below 13 and not above 77',
  })
})

test('the limit itself is within', () => {
  expect(createThreshold(instant, undefined, 0).observe(80, 0)?.active).toBe(false)
})

test('a delay runs out without a further reading, but not behind a bad one', () => {
  const detector = createThreshold(rule, undefined, 0)
  expect(detector.tick(0)).toBeUndefined()
  detector.observe(81, 0)
  detector.missed()
  expect(detector.tick(20_000)).toBeUndefined()
  expect(detector.observe(81, 21_000)?.active).toBe(true)

  const silent = createThreshold(rule, undefined, 0)
  silent.observe(81, 0)
  expect(silent.tick(9_999)?.active).toBe(false)
  expect(silent.tick(10_000)?.active).toBe(true)
})

test('the delays go on after a restart, whatever the monotonic clock says then', () => {
  const before = createThreshold(rule, undefined, 1_000_000)
  before.observe(81, 1_000_000)
  const saved = JSON.parse(JSON.stringify(before.snapshot(1_006_000)))
  const after = createThreshold(rule, saved, 50)
  expect(after.tick(10_000)).toBeUndefined()
  expect(after.observe(81, 3_000)?.active).toBe(false)
  expect(after.observe(81, 4_050)?.active).toBe(true)
})

test('after a restart an active one stays so until a reading says otherwise, by a changed limit too', () => {
  const before = createThreshold(instant, undefined, 0)
  before.observe(85, 0)
  const saved = before.snapshot(0)
  expect(createThreshold(instant, saved, 0).observe(79, 0)?.active).toBe(true)
  expect(createThreshold({ ...instant, high: 90 }, saved, 0).observe(86, 0)?.active).toBe(false)
})

test.each([null, 7, 'x', [], { held: 'top', side: 7, ageMs: Number.NaN }])('saved state %j is no trouble', saved => {
  expect(createThreshold(instant, saved, 0).observe(70, 0)?.active).toBe(false)
})

test('noise within the hysteresis or shorter than the delay never makes it flicker', () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: -1.4, max: 1.4, noNaN: true }), { minLength: 50, maxLength: 200 }), noise => {
      const detector = createThreshold({ ...instant, hysteresis: 3 }, undefined, 0)
      const ramp = noise.map((n, i) => 70 + (20 * i) / noise.length + n)
      const opinions = ramp.map((value, i) => detector.observe(value, i)?.active)
      expect(opinions.filter((active, i) => i > 0 && active !== opinions[i - 1]).length).toBeLessThanOrEqual(1)
    }),
  )
})

test('an unchanged opinion is the same object, so that nothing is allocated', () => {
  const detector = createThreshold(instant, undefined, 0)
  expect(detector.observe(81, 1)).toBe(detector.observe(85, 2))
})

test('a jump from one limit to the other starts the on-delay anew, and is told as what it is', () => {
  const both: ThresholdRule = { ...rule, low: 10 }
  const detector = createThreshold(both, undefined, 0)
  expect(detector.observe(90, 0)?.active).toBe(false)
  expect(detector.observe(5, 9_000)?.active).toBe(false)
  expect(detector.observe(5, 10_000)?.active).toBe(false)
  expect(detector.observe(5, 19_000)).toMatchObject({
    active: true,
    text: 'temperature 5 is below 10 for 10s',
    limit: 10,
  })
  expect(detector.observe(95, 20_000)).toMatchObject({ active: true, limit: 10 })
  expect(detector.observe(95, 30_000)).toMatchObject({
    active: true,
    text: 'temperature 95 is above 80 for 10s',
    limit: 80,
  })
})
