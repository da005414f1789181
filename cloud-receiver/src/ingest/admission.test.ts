import { expect, test } from 'vitest'
import { createAdmission, maxBodies } from './admission.ts'
import type { Place } from './admission.ts'
import { isRefused } from './refused.ts'
import type { Refused } from './refused.ts'

const memory = 160e6
/** Is kept a sixteenth of the memory. */
const large = 1e6

function open(used: number[] = []) {
  return createAdmission({ memory, gatewayRate: 1e9, memoryUsed: bytes => void used.push(bytes) })
}

function placeOf(entered: Place | Refused): Place {
  if (isRefused(entered)) throw new Error(entered.message)
  return entered
}

test('a body gets its memory before it is read, and whoever finds none left is told when to come', () => {
  const used: number[] = []
  const admission = open(used)
  const places = Array.from({ length: 16 }, (_, i) => placeOf(admission.enter(`gw${i}`, large, 0)))
  expect(used.at(-1)).toBe(memory)
  expect(admission.enter('gw16', large, 0)).toMatchObject({ status: 429, code: 'busy', retryAfterMs: 1000 })
  expect(admission.enter('gw17', large, 0)).toMatchObject({ status: 429, retryAfterMs: 1100 })
  places[0]?.leave(500)
  expect(isRefused(admission.enter('gw16', large, 500))).toBe(false)
  expect(used.at(-1)).toBe(memory)
})

test('what is kept for a body that does not come goes to others after a second', () => {
  const admission = open()
  for (let i = 0; i < 16; i++) admission.enter(`slow${i}`, large, 0)
  expect(isRefused(admission.enter('gw', large, 1000))).toBe(true)
  expect(isRefused(admission.enter('gw', large, 1001))).toBe(false)
})

test('one gateway is kept memory for one body, however many it announces', () => {
  const used: number[] = []
  const admission = open(used)
  for (let i = 0; i < 4; i++) placeOf(admission.enter('greedy', large, 0))
  expect(used.at(-1)).toBe(memory / 16)
})

test('what does not fit beside others is let through alone', () => {
  const admission = open()
  const first = placeOf(admission.enter('a', 1000, 0))
  const second = placeOf(admission.enter('b', 1000, 0))
  expect(second.take(0, memory)).toMatchObject({ status: 429, code: 'busy' })
  first.leave(1)
  expect(second.take(0, 1)).toBeUndefined()
  second.leave(2)
  expect(isRefused(admission.enter('a', 1000, 3))).toBe(false)
})

test('no memory is lost or made up, whatever comes and goes', () => {
  const used: number[] = []
  const admission = open(used)
  const places: Place[] = []
  for (let i = 0; i < maxBodies + 5; i++) {
    const entered = admission.enter(`gw${i}`, 100, i)
    if (!isRefused(entered)) places.push(entered)
  }
  expect(places).toHaveLength(maxBodies)
  for (const [i, place] of places.entries()) place.take(100, i * 1000)
  for (const place of places) {
    place.leave(100)
    place.leave(100)
  }
  expect(used.at(-1)).toBe(0)
  expect(admission.underWay).toBe(0)
})
