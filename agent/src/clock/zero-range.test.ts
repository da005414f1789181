import { assert, double, integer, property, record } from 'fast-check'
import { expect, test } from 'vitest'
import { narrowed, nearestZero, zeroRange } from './zero-range.ts'

/** An exchange at a right time: the receiver's date has whole seconds. */
const exchange = record({
  zero: integer({ min: 1.7e12, max: 1.8e12 }),
  sentMs: double({ min: 0, max: 1e8, noNaN: true }),
  thereMs: double({ min: 0, max: 350, noNaN: true }),
  backMs: double({ min: 0, max: 350, noNaN: true }),
})

const answerOf = ({
  zero,
  sentMs,
  thereMs,
  backMs,
}: {
  zero: number
  sentMs: number
  thereMs: number
  backMs: number
}) => ({
  dateMs: Math.floor((zero + sentMs + thereMs) / 1000) * 1000,
  sentMs,
  receivedMs: sentMs + thereMs + backMs,
})

test('the right zero lies in the range of every answer, and in what several say together', () => {
  assert(
    property(exchange, exchange, (a, b) => {
      const first = zeroRange(answerOf(a))
      const both = narrowed(first, zeroRange(answerOf({ ...b, zero: a.zero })))
      for (const { low, high } of [first, both]) expect(low <= a.zero && a.zero <= high).toBe(true)
    }),
  )
})

test('whatever was believed before, what is believed after one quick answer is right to 0.9 s', () => {
  assert(
    property(exchange, integer({ min: 0, max: 4e12 }), (one, before) => {
      const zero = nearestZero(before, zeroRange(answerOf(one)))
      expect(Math.abs((zero ?? Infinity) - one.zero)).toBeLessThanOrEqual(900.01)
    }),
  )
})

test('what is right already stays; a slow answer says nothing unless it is the last', () => {
  expect(nearestZero(5000, { low: 4600, high: 5600 })).toBe(5000)
  expect(nearestZero(5000, { low: 4000, high: 6200 })).toBeUndefined()
  expect(nearestZero(5000, { low: 4000, high: 6200 }, true)).toBe(5100)
  expect(narrowed({ low: 1, high: 5 }, { low: 7, high: 9 })).toEqual({ low: 7, high: 9 })
})
