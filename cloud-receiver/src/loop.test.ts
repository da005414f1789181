import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { FakeClock } from '@lineside/contract/testing'
import { nextPause, pauses, startLoop } from './loop.ts'
import type { Loop } from './loop.ts'

/** A loop over a log that tells of an append when the test does. */
function loopOn(clock: FakeClock, turn: () => Promise<number>, atOnce = false) {
  const listeners = new Set<() => void>()
  const told: string[] = []
  const loop: Loop = startLoop({
    clock,
    log: {
      onAppend(listener) {
        const one = () => listener('samples', 0)
        listeners.add(one)
        return () => void listeners.delete(one)
      },
    },
    turn,
    atOnce,
    failed: (_error, failures) => void told.push(`failed ${failures}`),
    recovered: failures => void told.push(`recovered after ${failures}`),
  })
  return { loop, told, listeners, append: () => listeners.forEach(listener => listener()) }
}

test('what comes within a second is one turn, and an idle log is looked at every thirty', async () => {
  const clock = new FakeClock()
  let turns = 0
  const { append } = loopOn(clock, () => {
    turns++
    return Promise.resolve(Infinity)
  })
  await clock.advance(1000)
  expect(turns).toBe(1)
  for (let i = 0; i < 5; i++) append()
  await clock.advance(999)
  expect(turns).toBe(1)
  await clock.advance(1)
  expect(turns).toBe(2)
  await clock.advance(29_000)
  expect(turns).toBe(2)
  await clock.advance(1000)
  expect(turns).toBe(3)
})

test('the first turn comes at once where that is wanted', async () => {
  const clock = new FakeClock()
  let turns = 0
  loopOn(clock, () => Promise.resolve(++turns && Infinity), true)
  await clock.advance(0)
  expect(turns).toBe(1)
  await clock.advance(29_999)
  expect(turns).toBe(1)
})

test('what comes during a turn leads to the next one, and a wanted time is kept', async () => {
  const clock = new FakeClock()
  let turns = 0
  const looped = loopOn(clock, () => {
    turns++
    if (turns === 1) looped.append()
    return Promise.resolve(5000)
  })
  await clock.advance(2000)
  expect(turns).toBe(2)
  await clock.advance(5000)
  expect(turns).toBe(3)
})

test('failures are repeated later and later whatever comes, and the end of them is told once', async () => {
  const clock = new FakeClock()
  const at: number[] = []
  const { append, told } = loopOn(clock, () => {
    at.push(clock.monotonic())
    return at.length < 4 ? Promise.reject(new Error('no')) : Promise.resolve(Infinity)
  })
  for (let i = 0; i < 20; i++) {
    append()
    await clock.advance(1000)
  }
  expect(at.slice(0, 4)).toEqual([1000, 3000, 7000, 15_000])
  expect(told).toEqual(['failed 1', 'failed 2', 'failed 3', 'recovered after 3'])
})

test('work between turns never meets one, and after the end nothing happens any more', async () => {
  const clock = new FakeClock()
  const order: string[] = []
  const gate = Promise.withResolvers<void>()
  const { loop, append, listeners } = loopOn(clock, async () => {
    order.push('turn begins')
    await gate.promise
    order.push('turn ends')
    return Infinity
  })
  await clock.advance(1000)
  const done = loop.exclusive(() => Promise.resolve(order.push('work')))
  const closed = loop[Symbol.asyncDispose]()
  gate.resolve()
  await Promise.all([done, closed])
  append()
  await clock.advance(100_000)
  expect(order).toEqual(['turn begins', 'turn ends', 'work'])
  expect([listeners.size, clock.timers]).toEqual([0, 0])
})

test('a pause is never negative and never longer than the longest', () => {
  const state = fc.record({
    failures: fc.nat({ max: 5000 }),
    appended: fc.boolean(),
    wanted: fc.oneof(fc.integer({ min: -1000, max: 1e7 }), fc.constant(Infinity)),
  })
  fc.assert(
    fc.property(state, one => {
      const pause = nextPause(one)
      expect(pause).toBeGreaterThanOrEqual(0)
      expect(pause).toBeLessThanOrEqual(Math.max(pauses.idle, pauses.longestBackoff))
      expect(nextPause({ ...one, failures: one.failures + 2 })).toBeGreaterThanOrEqual(
        one.failures > 0 ? pause : pauses.gather,
      )
    }),
  )
})
