import { expect, test } from 'vitest'
import { coversUnminted, intersectSets, lostSeqs, lowOf } from './receipt.ts'

const nothing = { present: [], acked: [], named: [], settledSince: [] }

test('what is neither here, nor acknowledged, nor named, nor settled since was lost by the receiver', () => {
  const stream = { high: 20, present: [[18, 20]], acked: [[1, 5]], named: [[7, 8]], settledSince: [[10, 15]] } as const
  expect(lostSeqs(stream)).toEqual([
    [6, 6],
    [9, 9],
    [16, 17],
  ])
  expect(lostSeqs({ ...nothing, high: 0 })).toEqual([])
})

test('a receipt above the high-water mark covers what was never given out', () => {
  expect(coversUnminted([[1, 7]], 7)).toBe(false)
  expect(
    coversUnminted(
      [
        [1, 5],
        [8, 8],
      ],
      7,
    ),
  ).toBe(true)
})

test('low is the first seq that waits or is named by a gap that waits', () => {
  expect(lowOf(9, [[4, 9]], [])).toBe(4)
  expect(lowOf(9, [[4, 9]], [[2, 3]])).toBe(2)
  expect(lowOf(9, [], [])).toBe(10)
})

test('an intersection holds what is in both', () => {
  expect(
    intersectSets(
      [
        [1, 5],
        [8, 9],
      ],
      [[4, 8]],
    ),
  ).toEqual([
    [4, 5],
    [8, 8],
  ])
})
