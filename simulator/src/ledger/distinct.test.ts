import { seededRandom } from '@lineside/contract/testing'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { DistinctTuples } from './distinct.ts'
import type { Quantise } from './nudge.ts'
import { TupleMemory } from './tuple-memory.ts'

const tenths: Quantise = value => {
  if (typeof value !== 'number') return undefined
  const rounded = Math.round(value * 10) / 10
  return rounded < 0 || rounded > 100 ? undefined : rounded
}
const float: Quantise = value => (typeof value === 'number' ? Math.fround(value) : undefined)
const exact: Quantise = value => (typeof value === 'bigint' && value >= 0n && value < 2n ** 64n ? value : undefined)
const coil: Quantise = value => (typeof value === 'boolean' ? value : undefined)

test('gives every tuple once, whatever repeats itself in what was wished for', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.integer({ min: 0, max: 1000 }), fc.boolean()), { maxLength: 300 }), wishes => {
      const distinct = new DistinctTuples([tenths, coil])
      const given = new Set<string>()
      for (const [raw, on] of wishes) {
        const values = [tenths(raw / 10), on]
        distinct.make(values)
        given.add(JSON.stringify(values))
      }
      expect(given.size).toBe(wishes.length)
      expect(distinct.repeated).toBe(0)
    }),
    { numRuns: 100 },
  )
})

test('moves no further than it must: a standing value by a few smallest steps', () => {
  const distinct = new DistinctTuples([tenths, tenths])
  const given: number[] = []
  for (let i = 0; i < 81; i++) {
    const values = [50, 20]
    distinct.make(values)
    given.push(...values.map((value, place) => Math.abs(value - (place === 0 ? 50 : 20))))
  }
  expect(Math.max(...given)).toBeCloseTo(0.4)
})

test('tells ten thousand replies of one float32 apart', () => {
  const distinct = new DistinctTuples([float])
  const given = new Set<number>()
  for (let i = 0; i < 10_000; i++) {
    const values = [Math.fround(230.2)]
    distinct.make(values)
    given.add(values[0] ?? Number.NaN)
  }
  expect(given.size).toBe(10_000)
  expect(Math.max(...given) - Math.min(...given)).toBeLessThan(0.2)
})

test('keeps to what the point can say at the ends of its range', () => {
  const distinct = new DistinctTuples([tenths])
  const given = new Set<unknown>()
  for (let i = 0; i < 1001; i++) {
    const values = [100]
    distinct.make(values)
    given.add(values[0])
  }
  expect(given.size).toBe(1001)
  expect(distinct.repeated).toBe(0)
  distinct.make([100])
  expect(distinct.repeated).toBe(1)
})

test('moves integers beyond 2^53 by one', () => {
  const distinct = new DistinctTuples([exact])
  const values = [2n ** 60n]
  distinct.make(values)
  distinct.make(values)
  expect(values).toEqual([2n ** 60n + 1n])
})

test('counts a reply that can not be told from an earlier one', () => {
  const distinct = new DistinctTuples([coil])
  for (const value of [true, false, true, true]) distinct.make([value])
  expect(distinct.repeated).toBe(2)
})

test('says which points it changed', () => {
  const distinct = new DistinctTuples([coil, tenths])
  expect(distinct.make([true, 7])).toEqual([])
  expect(distinct.make([true, 7])).toEqual([1])
  expect(distinct.make([false, 7])).toEqual([])
})

test('leaves points without a value alone', () => {
  const distinct = new DistinctTuples([tenths, tenths])
  const values = [undefined, 5]
  distinct.make([undefined, 5])
  distinct.make(values)
  expect(values).toEqual([undefined, 5.1])
})

test('forgets the oldest half when its memory is full, and counts it', () => {
  const memory = new TupleMemory(10)
  const random = seededRandom(1)
  for (let i = 0; i < 31; i++) memory.add(random())
  expect(memory.forgotten).toBe(20)
})
