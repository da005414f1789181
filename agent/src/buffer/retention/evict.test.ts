import { expect, test } from 'vitest'
import { bytesToFree, evictionOrder } from './evict.ts'

test('nothing goes while there is room, and a little more than needed when there is none', () => {
  expect(bytesToFree({ usedBytes: 900, incomingBytes: 100, limitBytes: 1000 })).toBe(0)
  expect(bytesToFree({ usedBytes: 900, incomingBytes: 200, limitBytes: 1000 })).toBe(100 + 63)
})

test('the oldest data goes first, alarms after all data, and what is under way after the rest', () => {
  const streams = [
    { id: 3, kind: 'data', run: 2, present: [[1, 9]] },
    { id: 1, kind: 'alarms', run: 1, present: [[1, 2]] },
    { id: 2, kind: 'data', run: 1, present: [[4, 8]] },
  ] as const
  expect(evictionOrder(streams, id => (id === 2 ? [[4, 5]] : []))).toEqual([
    { id: 2, from: 6, to: 8 },
    { id: 3, from: 1, to: 9 },
    { id: 1, from: 1, to: 2 },
    { id: 2, from: 4, to: 5 },
  ])
})
