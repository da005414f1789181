import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  addRange,
  addSeq,
  countSeqs,
  covers,
  emptySet,
  hasSeq,
  intervalSetOf,
  missing,
  overlaps,
  parseIntervalSet,
  subtractSets,
  unionSets,
} from './interval-set.ts'
import type { IntervalSet } from './interval-set.ts'

const range = fc.tuple(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 0, max: 6 })).map(([from, more]) => {
  return [from, from + more] as const
})
const ranges = fc.array(range, { maxLength: 12 })

function naive(list: readonly (readonly [number, number])[]): Set<number> {
  return new Set(list.flatMap(([from, to]) => Array.from({ length: to - from + 1 }, (_, i) => from + i)))
}

function built(list: readonly (readonly [number, number])[]): IntervalSet {
  return list.reduce((set, [from, to]) => addRange(set, from, to), emptySet)
}

function members(set: IntervalSet): number[] {
  return [...naive(set)]
}

function sorted(numbers: Iterable<number>): number[] {
  return [...numbers].toSorted((a, b) => a - b)
}

test('ranges added in any order hold what a plain set holds, in normal form', () => {
  fc.assert(
    fc.property(ranges, list => {
      const set = built(list)
      expect(members(set)).toEqual(sorted(naive(list)))
      expect(parseIntervalSet(JSON.parse(JSON.stringify(set)))).toEqual(set)
      for (const [index, [from]] of set.entries())
        if (index > 0) expect(from).toBeGreaterThan((set[index - 1]?.[1] ?? 0) + 1)
      expect(intervalSetOf(list)).toEqual(set)
      expect(countSeqs(set)).toBe(naive(list).size)
    }),
  )
})

test('union, difference, missing and the questions agree with a plain set', () => {
  fc.assert(
    fc.property(ranges, ranges, range, (one, two, [from, to]) => {
      const [a, b] = [built(one), built(two)]
      const [plainA, plainB] = [naive(one), naive(two)]
      const asked = [...naive([[from, to]])]
      expect(members(unionSets(a, b))).toEqual(sorted(new Set([...plainA, ...plainB])))
      expect(members(subtractSets(a, b))).toEqual(sorted([...plainA].filter(seq => !plainB.has(seq))))
      expect(members(missing(a, from, to))).toEqual(asked.filter(seq => !plainA.has(seq)))
      expect(covers(a, from, to)).toBe(asked.every(seq => plainA.has(seq)))
      expect(overlaps(a, from, to)).toBe(asked.some(seq => plainA.has(seq)))
      expect(hasSeq(a, from)).toBe(plainA.has(from))
    }),
  )
})

test('numbers added one after the other stay one interval', () => {
  let set = emptySet
  for (let seq = 1; seq <= 1000; seq++) set = addSeq(set, seq)
  expect(set).toEqual([[1, 1000]])
})

test('adding what is there returns the same set', () => {
  const set = built([[1, 5]])
  expect(addSeq(set, 3)).toBe(set)
})

test('huge intervals cost nothing', () => {
  const set = built([[1, Number.MAX_SAFE_INTEGER]])
  expect(subtractSets(set, [[2, 2]])).toEqual([
    [1, 1],
    [3, Number.MAX_SAFE_INTEGER],
  ])
})

test.each([
  [0, 1],
  [3, 2],
  [1.5, 2],
  [1, 2 ** 53],
  [Number.NaN, 1],
])('[%d, %d] is no interval', (from, to) => {
  expect(() => addRange(emptySet, from, to)).toThrow(RangeError)
  expect(parseIntervalSet([[from, to]])).toBeUndefined()
  expect(intervalSetOf([[from, to]])).toBeUndefined()
})

test.each([
  ['no list', { 0: [1, 2] }],
  [
    'descending',
    [
      [5, 6],
      [1, 2],
    ],
  ],
  [
    'overlapping',
    [
      [1, 5],
      [5, 6],
    ],
  ],
  ['a triple', [[1, 2, 3]]],
  ['texts', [['1', '2']]],
  ['null', [null]],
])('JSON that is %s is no set', (_, value) => {
  expect(parseIntervalSet(value)).toBeUndefined()
})

test('adjacent intervals of another writer are taken and joined', () => {
  expect(
    parseIntervalSet([
      [1, 2],
      [3, 4],
    ]),
  ).toEqual([[1, 4]])
})
