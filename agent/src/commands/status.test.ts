import { expect, test } from 'vitest'
import type { AgentStatus, LinkView, UplinkView } from '../control/answers.ts'
import { bufferText, clockLines, deviceText, linkLines, uplinkText } from './status.ts'

const now = 1_763_700_000_000
const minute = 60_000
const budget = { budgetBytes: 100, spentBytes: 90 }

test.each<[Omit<UplinkView, 'wireBytes'>, string]>([
  [{ state: 'off' }, 'off'],
  [{ state: 'idle', lastReceiptAt: now - 5000 }, 'idle, last receipt 5 s ago'],
  [
    {
      state: 'waiting',
      reason: 'connect ECONNREFUSED 192.0.2.1:8443',
      failingForMs: 12 * minute,
      nextTryMs: 42_000,
      lastReceiptAt: now - 13 * minute,
    },
    'waiting, the receiver has taken nothing for 12 min: connect ECONNREFUSED 192.0.2.1:8443; next try in 42 s; last receipt 13 min ago',
  ],
  [
    { state: 'sending', reason: 'the receiver does not know the token (401)', failingForMs: 3 * minute },
    'sending, the receiver has taken nothing for 3 min: the receiver does not know the token (401)',
  ],
  [
    { state: 'idle', lastReceiptAt: now - 5000, budget: { ...budget, waitMs: 75 * minute } },
    "idle, last receipt 5 s ago; data waits for the month's budget, until 2025-11-21 05:55 UTC (in 75 min), alarms go out",
  ],
  [{ state: 'idle', budget: { ...budget, waitMs: 0 } }, 'idle'],
])('the uplink as people read it: %j', (uplink, text) => {
  expect(uplinkText({ ...uplink, wireBytes: 0 }, now)).toBe(text)
})

test.each([
  [{ waitingReadings: 1 }, '1 reading waits'],
  [{ waitingReadings: 7, oldestAgeMs: 5000 }, '7 readings wait, the oldest for 5 s'],
  [
    { waitingReadings: 7, failing: 'no room', pendingReadings: 3 },
    'no room; 7 readings wait on the disk and 3 in memory',
  ],
  [
    { waitingReadings: 0, failing: 'no room', pendingReadings: 3, unopened: true as const },
    'no room; 3 readings in memory, what waits on the disk is not known yet',
  ],
])('the buffer as people read it: %j', (buffer, text) => {
  const view = { waitingBatches: 0, waitingBytes: 0, committedReadings: 0, evictedReadings: 0, ...buffer }
  expect(bufferText(view)).toBe(text)
})

test('a link is told where it does not work or has refused clients', () => {
  const link: LinkView = { name: 'sensors', kind: 'broker', state: 'online' }
  const refusals = { count: 1, text: 'a login with a wrong password, user plug', t: now - 5000 }
  expect(linkLines(link, now)).toEqual([])
  expect(linkLines({ ...link, reason: 'no topic' }, now)).toEqual(['link sensors: online: no topic\n'])
  expect(linkLines({ ...link, refusals }, now)).toEqual([
    'link sensors: refused clients once, the last 5 s ago: a login with a wrong password, user plug\n',
  ])
  expect(linkLines({ ...link, state: 'offline', refusals: { ...refusals, count: 7 } }, now)).toEqual([
    'link sensors: offline\n',
    'link sensors: refused clients 7 times, the last 5 s ago: a login with a wrong password, user plug\n',
  ])
})

const told = (clock: Omit<AgentStatus['clock'], 'jumps'>) => clockLines({ ...clock, jumps: 0 })

test('a clock is told where it is doubtful, or far off the time that is known', () => {
  expect(told({ state: 'synchronised', correctionMs: -1900 })).toEqual([])
  expect(told({ state: 'synchronised', correctionMs: -7_200_000 })).toEqual([
    "clock: synchronised; the machine's own is 2 h ahead, times are corrected by that\n",
  ])
  expect(told({ state: 'synchronised', correctionMs: 3 * 86_400_000 })).toEqual([
    "clock: synchronised; the machine's own is 3 d behind, times are corrected by that\n",
  ])
  expect(told({ state: 'wrong', correctionMs: 0, problem: 'there is no time service' })).toEqual([
    'clock: wrong, what is read waits here until the time is known: there is no time service\n',
  ])
})

test('an offline device says when it last gave a value and when it is asked again, as far as that is known', () => {
  const press = { state: 'offline', reason: 'no answer', nextTryMs: 42_000 } as const
  expect(deviceText({ ...press, lastValueAt: now - 5 * minute }, true, now)).toBe(
    'no answer; last value 5 min ago; asked again in about 42 s',
  )
  expect(deviceText(press, false, now)).toBe(
    'no answer; no value yet; asked again as soon as the link is back, or in 42 s',
  )
  const { nextTryMs: _next, ...talker } = press
  expect(deviceText(talker, true, now)).toBe('no answer; no value yet')
  expect(deviceText({ state: 'online', lastValueAt: now }, true, now)).toBe('')
})
