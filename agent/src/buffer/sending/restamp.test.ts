import { array, assert, integer, property } from 'fast-check'
import { expect, test } from 'vitest'
import { roundingMs } from '../store/run-clocks.ts'
import { correctEntry, correctionOf, sensible } from './restamp.ts'

test.each([
  ['known, and far off', { zero: 5_000_000, state: 'known' }, { shiftMs: 4_999_000, mark: 'unsynchronised' }],
  ['known, and right', { zero: 1000, state: 'known' }, { shiftMs: 0 }],
  ['known, and rounded', { zero: 1000 + roundingMs - 1, state: 'known' }, { shiftMs: roundingMs - 1 }],
  ['never known', { zero: 1000, state: 'unknown' }, { shiftMs: 0, mark: 'unknown' }],
  ['never known, and set in between', { zero: 900, state: 'unknown' }, { shiftMs: -100, mark: 'unknown' }],
  ['lost', undefined, { shiftMs: 0, mark: 'unknown' }],
] as const)('a clock that is %s', (_name, boot, expected) => {
  expect(correctionOf(1000, boot)).toEqual(expected)
})

test.each([
  [0, 1_763_700_000_000, 'unsynchronised'],
  [1_763_700_000_000, -1000, 'unsynchronised'],
  [1_763_700_000_000, -200_000_000_000, 'unknown'],
  [1_763_700_000_000, 1_763_700_000_000, 'unknown'],
] as const)('from %d by %d ms the times are %s', (t, shiftMs, mark) => {
  expect(sensible({ shiftMs, mark: 'unsynchronised' }, t)).toEqual({ shiftMs: mark === 'unknown' ? 0 : shiftMs, mark })
  // What is not claimed to be right may be anywhere.
  expect(sensible({ shiftMs, mark: 'unknown' }, t)).toEqual({ shiftMs, mark: 'unknown' })
})

test('what follows in time follows still, at the same distance, and no time is before the first', () => {
  const times = array(integer({ min: 0, max: 2e12 }), { minLength: 2 })
  assert(
    property(times, integer({ min: 0, max: 2e12 }), (list, shiftMs) => {
      const entry = (t: number) => correctEntry({ k: 'state', t }, { shiftMs, mark: 'unknown' })
      const moved = list.map(t => Number(entry(t)['t' as keyof object]))
      expect(moved.map((t, i) => t - (list[i] ?? 0))).toEqual(list.map(() => shiftMs))
    }),
  )
  expect(correctEntry({ k: 'summary', t: 10, until: 30 }, { shiftMs: -20, mark: 'unsynchronised' })).toEqual({
    k: 'summary',
    t: 0,
    until: 10,
    clock: 'unsynchronised',
  })
})
