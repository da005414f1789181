import { FakeClock } from '@lineside/contract/testing'
import { array, assert, asyncProperty, integer, record } from 'fast-check'
import { expect, test } from 'vitest'
import { StampClock } from './stamp-clock.ts'

const wrong = 1_700_000_000_000
const right = 1_794_000_000_000

test('what was stamped before the time was known is told by what is known now, and nothing else is touched', async () => {
  const machine = new FakeClock(0)
  const clock = new StampClock(machine, wrong)
  await machine.advance(1000)
  const early = clock.now()
  clock.setZero(wrong + 500, true)
  await machine.advance(1000)
  const later = clock.now()
  clock.setZero(right, true)
  await machine.advance(1000)
  expect([early, later, clock.now()].map(t => clock.corrected(t) - right)).toEqual([1000, 2000, 3000])
  // Of an earlier run of the agent, and of a device's own clock.
  expect([wrong - 5000, wrong + 60_000].map(t => clock.corrected(t))).toEqual([wrong - 5000, wrong + 60_000])
})

test('however often it is set forward, each time that it gave is as long ago as it was', async () => {
  const step = record({ ms: integer({ min: 1, max: 5000 }), forwardMs: integer({ min: 6000, max: 1e9 }) })
  await assert(
    asyncProperty(array(step, { maxLength: 12 }), async steps => {
      const machine = new FakeClock(0)
      const clock = new StampClock(machine, wrong)
      const given: { t: number; atMs: number }[] = []
      for (const { ms, forwardMs } of steps) {
        given.push({ t: clock.now(), atMs: machine.monotonic() })
        // oxlint-disable-next-line no-await-in-loop -- one step after the other
        await machine.advance(ms)
        given.push({ t: clock.now(), atMs: machine.monotonic() })
        clock.setZero(clock.zero + forwardMs, true)
      }
      for (const { t, atMs } of given) {
        expect(Math.abs(clock.now() - clock.corrected(t) - (machine.monotonic() - atMs))).toBeLessThanOrEqual(1)
      }
    }),
  )
})
