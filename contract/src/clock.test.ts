import { expect, test } from 'vitest'
import { sleep, waitInSteps } from './clock.ts'
import { FakeClock } from './testing.ts'

/** A runtime whose timers fire when the test says so. */
function fakeRuntime() {
  const waits: { callback: () => void; delayMs: number; stopped: boolean }[] = []
  return {
    waits,
    start(callback: () => void, delayMs: number) {
      const wait = { callback, delayMs, stopped: false }
      waits.push(wait)
      return wait
    },
    stop: (wait: { stopped: boolean }) => void (wait.stopped = true),
  }
}

test('a wait longer than the runtime can is made of several', () => {
  const { waits, start, stop } = fakeRuntime()
  const days = 86_400_000
  let called = 0
  const timer = waitInSteps(60 * days, () => called++, start, stop)
  for (let i = 0; i < 3; i++) {
    expect(called).toBe(0)
    waits[i]?.callback()
  }
  expect(called).toBe(1)
  expect(waits.map(wait => wait.delayMs).reduce((sum, ms) => sum + ms, 0)).toBe(60 * days)
  expect(Math.max(...waits.map(wait => wait.delayMs))).toBeLessThan(2 ** 31)
  timer.cancel()
  expect(waits[2]?.stopped).toBe(true)
})

test('sleep ends with its time or with its signal, and leaves no timer behind', async () => {
  const clock = new FakeClock()
  let done = 0
  void sleep(clock, 1000).then(() => done++)
  await clock.advance(999)
  expect(done).toBe(0)
  await clock.advance(1)
  expect(done).toBe(1)
  const abort = new AbortController()
  const slept = sleep(clock, 1000, abort.signal)
  abort.abort()
  await slept
  expect(clock.timers).toBe(0)
})
