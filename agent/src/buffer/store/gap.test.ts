import { expect, test } from 'vitest'
import { partsOf, readableCounts } from './gap.ts'
import type { PointId } from '../batch/point-ids.ts'

test('counts stand under the names of device and point', () => {
  const points = new Map<number, PointId>([
    [1, [1, 'press_3', 'temp']],
    [2, [2, 'press_3', 'noise']],
    [3, [3, 'meter_1', 'power']],
  ])
  const counts = new Map([
    [1, 10],
    [2, 11],
    [3, 5],
    [99, 1],
  ])
  expect(readableCounts(counts, id => points.get(id))).toEqual({
    press_3: { temp: 10, noise: 11 },
    meter_1: { power: 5 },
    '*': { '*': 1 },
  })
})

test('too many points for one batch are counted by device', () => {
  const counts = new Map(Array.from({ length: 5000 }, (_, i) => [i, 2] as const))
  const readable = readableCounts(counts, id => [id, `device_${id % 10}`, `some_long_name_of_a_point_${id}`])
  expect(readable['device_3']).toEqual({ '*': 1000 })
  expect(JSON.stringify(readable).length).toBeLessThan(1000)
})

test('names are cut into parts without losing one', () => {
  const names = new Map([
    [
      1,
      [
        [1, 1],
        [3, 3],
        [5, 5],
      ],
    ],
    [2, [[1, 9]]],
  ] as const)
  expect(partsOf(names, 2).map(part => [...part])).toEqual([
    [
      [
        1,
        [
          [1, 1],
          [3, 3],
        ],
      ],
    ],
    [
      [1, [[5, 5]]],
      [2, [[1, 9]]],
    ],
  ])
})
