import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { normalAt, randomAt, seedFor } from './random-at.ts'
import { buildWaveform, waveformKinds, waveformSchema } from './spec.ts'
import type { WaveformSources } from './waveform.ts'

const sources = (seed = 1): WaveformSources => ({
  seed,
  point: name => tMs => (name === 'leader' ? tMs / 1000 : 0),
  column: () => ['1.5', '2.5', 'fault'],
})
const build = (written: unknown, seed?: number) => buildWaveform(waveformSchema.parse(written), sources(seed))

const examples: Readonly<Record<(typeof waveformKinds)[number], unknown>> = {
  constant: { constant: 5 },
  sine: { sine: { min: 2, max: 6, period: '10s' } },
  drift: { drift: { min: -3, max: 3, every: '2s' } },
  steps: { steps: { values: ['idle', 'run'], every: '3s', order: 'random' } },
  noise: { noise: { of: { sine: { min: 0, max: 1, period: '1m' } }, spread: 0.5 } },
  stuck: { stuck: { of: { drift: { min: 0, max: 9, every: '1s' } }, at: '5s', for: '2s' } },
  correlated: { correlated: { with: 'leader', gain: 2, offset: 1, lag: '500ms', noise: 0.1 } },
  counter: { counter: { start: 10, per_second: 2, rollover: 16 } },
  replay: { replay: { file: 'run.csv', column: 'x', every: '1s', speed: 2 } },
}

const times = fc.array(fc.integer({ min: 0, max: 10_000_000 }), { minLength: 1, maxLength: 20 })

test.each(waveformKinds)('%s gives the same values at the same times with the same seed, in whatever order', kind => {
  fc.assert(
    fc.property(times, fc.integer(), (at, seed) => {
      const first = build(examples[kind], seed)
      const second = build(examples[kind], seed)
      const forwards = at.map(tMs => first(tMs))
      const backwards = at.toReversed().map(tMs => second(tMs))
      expect(backwards.toReversed()).toEqual(forwards)
    }),
    { numRuns: 50 },
  )
})

test('a waveform stays within its bounds', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2 ** 40 }), fc.integer(), (tMs, seed) => {
      const drifting = Number(build(examples.drift, seed)(tMs))
      expect(Math.abs(drifting)).toBeLessThanOrEqual(3)
      const swinging = Number(build(examples.sine, seed)(tMs))
      expect(Math.abs(swinging - 4)).toBeLessThanOrEqual(2 + 1e-9)
      const noisy = Number(build(examples.noise, seed)(tMs))
      expect(Math.abs(noisy - 0.5)).toBeLessThanOrEqual(0.5 + 3.5 * 0.5)
      expect(Number(build(examples.counter)(tMs))).toBeLessThan(16)
    }),
    { numRuns: 200 },
  )
})

test('another seed gives other noise', () => {
  expect(build(examples.noise, 1)(1000)).not.toBe(build(examples.noise, 2)(1000))
  expect(seedFor(1, 'press', 'a')).not.toBe(seedFor(1, 'press', 'b'))
  expect(seedFor(1, 'ab', 'c')).not.toBe(seedFor(1, 'a', 'bc'))
})

test('noise is normal enough: mean 0, spread 1', () => {
  const values = Array.from({ length: 5_000 }, (_, i) => normalAt(3, i))
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const spread = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length)
  expect(Math.abs(mean)).toBeLessThan(0.05)
  expect(Math.abs(spread - 1)).toBeLessThan(0.05)
})

test('random places differ far beyond 32 bits', () => {
  const far = Array.from({ length: 1_000 }, (_, i) => randomAt(1, 2 ** 45 + i))
  expect(new Set(far).size).toBe(1_000)
})

test('sine begins in the middle and rises', () => {
  const wave = build(examples.sine)
  expect([0, 2500, 7500].map(tMs => Number(wave(tMs)).toFixed(3))).toEqual(['4.000', '6.000', '2.000'])
})

test('drift moves smoothly', () => {
  const wave = build(examples.drift)
  for (let tMs = 0; tMs < 20_000; tMs += 10) {
    expect(Math.abs(Number(wave(tMs + 10)) - Number(wave(tMs)))).toBeLessThan(0.05)
  }
})

test('steps go in turn', () => {
  const wave = build({ steps: { values: [1, 'two', true], every: '1s' } })
  expect([0, 999, 1000, 2000, 3000].map(tMs => wave(tMs))).toEqual([1, 1, 'two', true, 1])
})

test('a stuck sensor holds its value, and moves again', () => {
  const free = build({ drift: { min: 0, max: 9, every: '1s' } })
  const wave = build(examples.stuck)
  expect([4900, 5000, 6999, 7000].map(tMs => wave(tMs))).toEqual([free(4900), free(5000), free(5000), free(7000)])
})

test('a correlated point follows with gain, offset and lag', () => {
  const wave = build({ correlated: { with: 'leader', gain: 2, offset: 1, lag: '500ms' } })
  expect(wave(10_000)).toBe(2 * 9.5 + 1)
})

test('a counter rolls over', () => {
  const wave = build(examples.counter)
  expect([0, 1000, 2900, 3000].map(tMs => wave(tMs))).toEqual([10, 12, 15.8, 0])
})

test('a counter counts exactly beyond 2^53', () => {
  const wave = build({ counter: { start: 9_007_199_254_740_993n, per_second: 1 } })
  expect(wave(3_000)).toBe(9_007_199_254_740_996n)
})

test('a replay plays row by row at its speed, and begins again or stays', () => {
  expect([0, 500, 1000, 1500].map(tMs => build(examples.replay)(tMs))).toEqual([1.5, 2.5, 'fault', 1.5])
  const once = build({ replay: { file: 'run.csv', column: 'x', loop: false } })
  expect(once(60_000)).toBe('fault')
})

test('a bare value is a constant', () => {
  expect(build(50)(0)).toBe(50)
  expect(build('run')(0)).toBe('run')
  expect(build(false)(0)).toBe(false)
})
