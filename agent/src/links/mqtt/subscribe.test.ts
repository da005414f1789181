import { expect, test } from 'vitest'
import { grantsOf } from './subscribe.ts'

test('each filter is told what the broker grants it', () => {
  expect(grantsOf(['a', 'b', 'c', 'd', 'e'], { granted: [1, 0, 135, 128, undefined] })).toEqual([
    { filter: 'a', refused: false },
    { filter: 'b', refused: false, problem: 'the broker grants only QoS 0 for b: messages may be lost' },
    { filter: 'c', refused: true, problem: 'the broker refuses the subscription to c: not authorized' },
    { filter: 'd', refused: true, problem: 'the broker refuses the subscription to d: unspecified error' },
    { filter: 'e', refused: true, problem: 'the broker refuses the subscription to e: no reason given' },
  ])
  expect(grantsOf(['a'], undefined)).toEqual([])
})
