import type { Sample, StateEntry } from '@lineside/contract'
import { FakeClock, seededRandom } from '@lineside/contract/testing'
import { pino } from 'pino'
import { expect, test } from 'vitest'
import { dropSilent } from './silence.ts'
import { Talker } from './talker.ts'
import type { Way } from './message-time.ts'

const day = 86_400_000

function setUp(silentAfterMs = Number.POSITIVE_INFINITY) {
  const now: Sample[] = []
  const kept: Sample[] = []
  const past: Sample[] = []
  const states: Omit<StateEntry, 'k' | 't'>[] = []
  const intake = {
    sample: (sample: Sample) => void now.push(sample),
    kept: (sample: Sample) => void kept.push(sample),
    past: (sample: Sample) => void past.push(sample),
    hurry: () => {},
    state: (change: (typeof states)[number]) => void states.push(change),
  }
  const clock = new FakeClock()
  const context = { clock, random: seededRandom(3), log: pino({ enabled: false }), intake }
  const talker = new Talker({ name: 'hall', points: new Set(['a', 'b']), silentAfterMs, context })
  const say = (way: Way, a: number, agoMs?: number) =>
    talker.heard({ ok: true, values: { a }, ...(agoMs !== undefined && { t: clock.now() - agoMs }) }, way)
  return { now, kept, past, states, clock, talker, say }
}

const valuesOf = (samples: readonly Sample[]) => samples.map(({ values }) => values['a'])

test('an old message is stored as of then: no newest value, no sign of life, and the status says why', () => {
  const { now, past, states, talker, say, clock } = setUp(10_000)
  say('relayed', 20, 700 * day)
  expect(now).toEqual([])
  expect(past).toMatchObject([{ t: clock.now() - 700 * day, clock: 'device', values: { a: 20 } }])
  expect(states).toEqual([])
  expect(talker.status()).toMatchObject({
    state: 'starting',
    flaw: 'its newest message is of 2023-12-22T04:40:00.000Z: too old to be of now, or a clock is wrong',
  })
  expect(talker.status().lastValue).toBeUndefined()
  dropSilent([talker], clock.monotonic() + 10_000, undefined)
  expect(states.at(-1)?.reason).toMatch(/^stale: no message for 10 s; its newest message is of 2023-12-22/)
  say('relayed', 21, 700 * day)
  expect(talker.status().state).toBe('offline')
})

test('one that is sent again from memory says nothing against a device that is there; a second in a row does', () => {
  const { talker, say } = setUp()
  say('relayed', 1, 0)
  say('relayed', 2, day)
  expect(talker.status()).toMatchObject({ state: 'online' })
  expect(talker.status().flaw).toBeUndefined()
  say('relayed', 2, day)
  expect(talker.status().flaw).toMatch(/too old to be of now/)
  say('relayed', 3, 0)
  expect(talker.status().flaw).toBeUndefined()
})

test('what comes out of order is of the past for the points that were read later, and for no others', () => {
  const { now, past, talker, say, clock } = setUp()
  say('relayed', 1, 1000)
  say('relayed', 2, 2000)
  talker.heard({ ok: true, t: clock.now() - 3000, values: { b: 7 } }, 'relayed')
  expect(valuesOf(past)).toEqual([2])
  expect(now.map(({ values }) => values)).toEqual([{ a: 1 }, { b: 7 }])
})

test('a device that is expected once an hour was alive when its message was made, not when it came', async () => {
  const { talker, say, clock } = setUp(5 * 3_600_000)
  await clock.advance(10 * 3_600_000)
  say('relayed', 1, 4 * 3_600_000)
  expect(talker.status().state).toBe('online')
  expect(talker.silentAtMs).toBe(11 * 3_600_000)
})

test('what a broker kept is of now where its own time says so, and no sign of life', () => {
  const { now, kept, past, talker, say } = setUp()
  say('retained', 1, day)
  say('retained', 2)
  say('retained', 3, 1000)
  expect(valuesOf(kept)).toEqual([1, 2])
  expect(valuesOf(now)).toEqual([3])
  expect(past).toEqual([])
  expect(talker.status().state).toBe('starting')
})

test('a time ahead of all clocks is not believed', () => {
  const { now, past, say, clock } = setUp()
  say('relayed', 22, -70 * 365 * day)
  expect(now).toEqual([
    {
      k: 'sample',
      device: 'hall',
      t: clock.now(),
      values: { a: 22 },
      quality: { a: 'uncertain:clock_unsynchronised' },
    },
  ])
  expect(past).toEqual([])
})

test('why a device is offline stays, and what can not be read since is told beside it', () => {
  const { talker, say } = setUp()
  say('relayed', 1)
  talker.heard({ ok: true, values: {}, available: false }, 'relayed')
  talker.damaged('payload "garbage" is not JSON')
  expect(talker.status()).toMatchObject({
    state: 'offline',
    lastError: 'the device says that it is offline',
    flaw: 'its newest message can not be read: payload "garbage" is not JSON',
  })
})
