import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Happening, timeline, type TimelineEvent } from './timeline.ts'

const base = (tMs: number) => tMs / 1000
const ramp: TimelineEvent = { atMs: 8_000, happening: { kind: 'ramp', to: 95, overMs: 6_000 } }

test('a ramp begins at the value of its moment and stays at its end', () => {
  const wave = timeline(() => 20, [ramp], 1)
  expect([0, 8_000, 11_000, 14_000, 60_000].map(tMs => wave(tMs))).toEqual([20, 20, 57.5, 95, 95])
})

test('what happens for a while ends by itself', () => {
  const wave = timeline(base, [{ ...ramp, forMs: 10_000 }], 1)
  expect([7_000, 17_999, 18_000].map(tMs => wave(tMs))).toEqual([7, 95, 18])
})

test('resume ends what happens', () => {
  const wave = timeline(base, [ramp, { atMs: 20_000, happening: { kind: 'resume' } }], 1)
  expect([19_999, 20_000].map(tMs => wave(tMs))).toEqual([95, 20])
})

test('what comes later replaces what was before, and its end does not come back', () => {
  const set: TimelineEvent = { atMs: 1_000, forMs: 5_000, happening: { kind: 'set', value: -1 } }
  const stuck: TimelineEvent = { atMs: 2_000, happening: { kind: 'stuck' } }
  const wave = timeline(base, [set, stuck], 1)
  expect([1_500, 2_000, 9_000].map(tMs => wave(tMs))).toEqual([-1, -1, -1])
})

test('happens again where it is to', () => {
  const wave = timeline(base, [{ atMs: 1_000, everyMs: 3_000, forMs: 500, happening: { kind: 'set', value: 'x' } }], 1)
  expect([999, 1_000, 1_500, 4_000, 4_500, 301_000].map(tMs => wave(tMs))).toEqual([0.999, 'x', 1.5, 'x', 4.5, 'x'])
})

test('noise lies on the waveform and is bounded', () => {
  const wave = timeline(() => 50, [{ atMs: 0, happening: { kind: 'noise', spread: 2 } }], 7)
  const values = Array.from({ length: 100 }, (_, i) => Number(wave(i)))
  expect(new Set(values).size).toBe(100)
  expect(Math.max(...values.map(value => Math.abs(value - 50)))).toBeLessThanOrEqual(7)
})

const happening: fc.Arbitrary<Happening> = fc.oneof(
  fc.record({ kind: fc.constant('set' as const), value: fc.integer() }),
  fc.record({ kind: fc.constant('ramp' as const), to: fc.integer({ min: -50, max: 50 }), overMs: fc.nat(5_000) }),
  fc.record({ kind: fc.constant('noise' as const), spread: fc.nat(3) }),
  fc.record({ kind: fc.constantFrom('stuck' as const, 'resume' as const) }),
)
const event: fc.Arbitrary<TimelineEvent> = fc
  .record({
    atMs: fc.nat(20_000),
    everyMs: fc.option(fc.integer({ min: 100, max: 9_000 })),
    forMs: fc.option(fc.nat(4_000)),
    happening,
  })
  .map(({ everyMs, forMs, ...rest }) => ({
    ...rest,
    ...(everyMs === null ? {} : { everyMs }),
    ...(forMs === null ? {} : { forMs }),
  }))

test('the value of a moment does not depend on how often it was asked before', () => {
  fc.assert(
    fc.property(fc.array(event, { maxLength: 5 }), fc.array(fc.nat(30_000), { maxLength: 30 }), (events, asked) => {
      const often = timeline(base, events, 3)
      const ascending = asked.toSorted((a, b) => a - b)
      const values = ascending.map(tMs => often(tMs))
      expect(ascending.map(tMs => timeline(base, events, 3)(tMs))).toEqual(values)
    }),
    { numRuns: 150 },
  )
})
