import type { Sample } from '@lineside/contract'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { createDeadband } from './deadband.ts'

const of = (values: Sample['values'], quality?: Sample['quality']): Sample => ({
  k: 'sample',
  device: 'd',
  t: 0,
  values,
  ...(quality && { quality }),
})
const band = (name: string, deadband: number, maxSilenceMs = 60_000) => ({ name, deadband, maxSilenceMs })

test('without a deadband each sample passes as it is', () => {
  const { filter } = createDeadband([band('a', 0)])
  const sample = of({ a: 1 })
  expect(filter(sample, 0)).toBe(sample)
  expect(filter(sample, 1)).toBe(sample)
})

test('a number passes when it moved by more than the deadband since it last passed', () => {
  const { filter } = createDeadband([band('a', 0.5)])
  const passed = [20, 20.4, 20.5, 20.6, 20.2, 20.05].map((a, i) => filter(of({ a }), i) !== undefined)
  expect(passed).toEqual([true, false, false, true, false, true])
})

test('what is held back is at no time further from what was passed than the deadband', () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: -100, max: 100, noNaN: true }), { minLength: 1, maxLength: 80 }), numbers => {
      const { filter } = createDeadband([band('a', 2)])
      let last = Number.NaN
      numbers.forEach((a, i) => {
        const value = filter(of({ a }), i)?.values.a
        if (typeof value === 'number') last = value
        expect(Math.abs(a - last)).toBeLessThanOrEqual(2)
      })
    }),
    { numRuns: 100 },
  )
})

test('an unchanged value passes again after the longest silence', () => {
  const { filter } = createDeadband([band('a', 1, 1000)])
  expect(filter(of({ a: 1 }), 0)).toBeDefined()
  expect(filter(of({ a: 1 }), 999)).toBeUndefined()
  expect(filter(of({ a: 1 }), 1000)).toBeDefined()
})

test('a change of quality passes, as does the first value after it', () => {
  const { filter } = createDeadband([band('a', 1)])
  filter(of({ a: 1 }), 0)
  const bad = of({}, { a: 'bad:communication' })
  expect(filter(bad, 1)).toBe(bad)
  expect(filter(bad, 2)).toBeUndefined()
  expect(filter(of({ a: 1 }), 3)).toBeDefined()
})

test('a sample loses only the points that did not change', () => {
  const { filter } = createDeadband([band('a', 1), band('b', 1)])
  filter(of({ a: 1, b: 1, c: 'x' }), 0)
  expect(filter(of({ a: 1.2, b: 5, c: 'x' }, { a: 'uncertain:unstable' }), 1)).toEqual(
    of({ a: 1.2, b: 5, c: 'x' }, { a: 'uncertain:unstable' }),
  )
  expect(filter(of({ a: 1.3, b: 9, c: 'x' }, { a: 'uncertain:unstable' }), 2)).toEqual(of({ b: 9, c: 'x' }))
})
