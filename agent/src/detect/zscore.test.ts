import { seededRandom } from '@lineside/contract/testing'
import { expect, test } from 'vitest'
import type { ZscoreRule } from './zscore-rule.ts'
import { createZscore } from './zscore.ts'

const rule: ZscoreRule = {
  kind: 'zscore',
  device: 'press_3',
  name: 'shake',
  point: 'velocity_z',
  priority: 'medium',
  windowMs: 600_000,
  limit: 5,
  warmUp: 30,
  minSpread: 0.1,
  coolDownMs: 60_000,
}

/** A noisy level, one reading a second, mean 2 and spread about 0.58. */
function noise(seed: number): () => number {
  const random = seededRandom(seed)
  return () => 1 + 2 * random()
}

function warm(detector: ReturnType<typeof createZscore>, seconds: number, next = noise(1)): number {
  for (let s = 0; s < seconds; s++) expect(detector.observe(next(), s * 1000)?.active ?? false).toBe(false)
  return seconds * 1000
}

test('has no opinion before the warm-up and none of noise afterwards', () => {
  const detector = createZscore(rule, undefined, 0)
  expect(detector.observe(2, 0)).toBeUndefined()
  expect(detector.tick(0)).toBeUndefined()
  warm(detector, 5_000)
})

test('a value far out is a finding that says why', () => {
  const detector = createZscore({ ...rule, minSpread: 1 }, undefined, 0)
  for (let s = 0; s < 60; s++) detector.observe(s % 2 === 0 ? 1.9 : 2.1, s * 1000)
  expect(detector.observe(7.5, 60_000)).toEqual({
    active: true,
    text: 'velocity_z 7.5 is 5.5 spreads above the mean 2 of the last 10m (spread 1, limit 5)',
    value: 7.5,
    limit: expect.closeTo(7, 9),
  })
})

test('one far below is a finding too', () => {
  const detector = createZscore(rule, undefined, 0)
  const at = warm(detector, 100)
  expect(detector.observe(-9, at)?.text).toMatch(/spreads below the mean/)
})

test('a flat signal has no spread, and without a minimum no finding', () => {
  const flat = createZscore({ ...rule, minSpread: 0 }, undefined, 0)
  const bounded = createZscore(rule, undefined, 0)
  for (let s = 0; s < 100; s++) for (const detector of [flat, bounded]) detector.observe(20, s * 1000)
  expect(flat.observe(20.01, 100_000)?.active ?? false).toBe(false)
  expect(bounded.observe(20.4, 100_000)?.active).toBe(false)
  expect(bounded.observe(20.6, 101_000)?.active).toBe(true)
})

test('a signal that comes and goes within the cool-down is one finding', () => {
  const detector = createZscore(rule, undefined, 0)
  const next = noise(3)
  const start = warm(detector, 200, next)
  let changes = 0
  let before = false
  for (let s = 0; s < 300; s++) {
    const active: boolean = detector.observe(s < 200 && s % 20 === 0 ? 12 : next(), start + s * 1000)?.active ?? before
    if (active !== before) changes++
    before = active
  }
  expect(changes).toBe(2)
  expect(before).toBe(false)
})

test('what is under finding is not learnt: it does not mask itself', () => {
  const detector = createZscore(rule, undefined, 0)
  const next = noise(4)
  const start = warm(detector, 120, next)
  for (let s = 0; s < 599; s++) expect(detector.observe(12 + next(), start + s * 1000)?.active).toBe(true)
})

test('a level that stays for one window is the new normal, and a change back is then judged by it', () => {
  const detector = createZscore(rule, undefined, 0)
  const next = noise(5)
  const start = warm(detector, 120, next)
  for (let s = 0; s < 600; s++) detector.observe(12 + next(), start + s * 1000)
  expect(detector.observe(14, start + 600_000)).toMatchObject({
    active: false,
    text: 'velocity_z has stayed around 14 for 10m: taken as the new normal',
  })
  for (let s = 601; s < 640; s++) expect(detector.observe(12 + next(), start + s * 1000)?.active ?? false).toBe(false)
  expect(detector.observe(2, start + 640_000)?.active).toBe(true)
})

test('a bad reading decides nothing, not even that it is over', () => {
  const detector = createZscore(rule, undefined, 0)
  const at = warm(detector, 100)
  expect(detector.observe(20, at)?.active).toBe(true)
  expect(detector.tick(at + 90_000)).toBeUndefined()
  expect(detector.observe(2, at + 1_000)?.active).toBe(true)
  detector.missed()
  expect(detector.tick(at + 90_000)).toBeUndefined()
  detector.observe(2, at + 91_000)
  expect(detector.observe(2, at + 92_000)?.active).toBe(false)
})

test('the cool-down ends without a further reading where the last was within', () => {
  const detector = createZscore(rule, undefined, 0)
  const at = warm(detector, 100)
  detector.observe(20, at)
  detector.observe(2, at + 1_000)
  expect(detector.tick(at + 59_999)?.active).toBe(true)
  expect(detector.tick(at + 60_000)).toMatchObject({
    active: false,
    text: 'velocity_z 2 is back within its usual range',
  })
})

test('after a silence longer than the window it warms up anew', () => {
  const detector = createZscore(rule, undefined, 0)
  const at = warm(detector, 100)
  expect(detector.observe(500, at + 700_000)).toBeUndefined()
})

test('window, finding and cool-down survive a restart', () => {
  const before = createZscore(rule, undefined, 0)
  const at = warm(before, 100)
  const idle = createZscore(rule, JSON.parse(JSON.stringify(before.snapshot(at))), 5)
  expect(idle.observe(20, 1_005)?.active).toBe(true)

  before.observe(20, at)
  const after = createZscore(rule, JSON.parse(JSON.stringify(before.snapshot(at + 10_000))), 5)
  expect(after.tick(200_000)).toBeUndefined()
  expect(after.observe(2, 1_005)?.active).toBe(true)
  expect(after.observe(2, 52_005)?.active).toBe(false)
  expect(after.observe(20, 53_005)?.active).toBe(true)
})

test('under another window a finding is kept until the new one is warm', () => {
  const before = createZscore(rule, undefined, 0)
  const at = warm(before, 100)
  before.observe(20, at)
  const after = createZscore({ ...rule, windowMs: 300_000 }, before.snapshot(at), 0)
  const next = noise(8)
  for (let s = 1; s <= 30; s++) expect(after.observe(next(), s * 1000)?.active).toBe(true)
  expect(after.observe(2, 61_000)?.active).toBe(false)
})

test.each([null, [], { active: 1, learnt: 'x', window: { parts: 3 } }])('saved state %j is no trouble', saved => {
  expect(createZscore(rule, saved, 0).observe(1, 0)).toBeUndefined()
})
