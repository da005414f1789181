import { FakeClock, seededRandom } from '@lineside/contract/testing'
import { pino } from 'pino'
import { expect, test } from 'vitest'
import { type Calendar, createCalendarGroups, lookAt } from './calendar.ts'
import type { PolledDevice } from './outcome.ts'
import { Poller } from './poller.ts'
import type { ScheduledPoint, Turn } from './schedule.ts'

const quarterMs = 900_000
const quarters: Calendar = { text: '*/15 * * * *', after: utcMs => (Math.floor(utcMs / quarterMs) + 1) * quarterMs }

/** Polls a device with these points, and notes at which times of the wall clock which of them were read. */
function poll(clock: FakeClock, points: readonly ScheduledPoint[]) {
  const reads: { readonly utcMs: number; readonly points: readonly string[] }[] = []
  const device: PolledDevice = {
    name: 'd',
    points,
    read(turn: Turn) {
      reads.push({ utcMs: clock.now(), points: turn.points })
      return Promise.resolve({ values: Object.fromEntries(turn.points.map(name => [name, 1])), answered: true })
    },
    probe: () => Promise.resolve({ answered: true }),
  }
  const intake = { sample() {}, past() {}, kept() {}, state() {}, hurry() {} }
  const context = { clock, random: seededRandom(1), sharing: 100, log: pino({ enabled: false }), intake }
  const poller = new Poller(context, [device], 1)
  poller.start()
  return { reads, poller }
}

const power: ScheduledPoint = { name: 'power', everyMs: 10_000, urgent: false }
const byCalendar = { name: 'meter', everyMs: quarterMs, urgent: false, calendar: quarters }

test('what the calendar says is read at those times of the wall clock, and not before', async () => {
  const clock = new FakeClock(2000 * quarterMs + 60_000)
  const { reads, poller } = poll(clock, [byCalendar])
  await clock.advance(4 * quarterMs)
  expect(reads.map(read => read.utcMs)).toEqual([2001, 2002, 2003, 2004].map(n => n * quarterMs))
  await poller.stop()
})

test('points on the grid keep to it beside those of the calendar', async () => {
  const clock = new FakeClock(2000 * quarterMs + 60_000)
  const { reads, poller } = poll(clock, [byCalendar, power])
  await clock.advance(quarterMs)
  expect(reads.filter(read => read.points.includes('power'))).toHaveLength(90)
  expect(reads.filter(read => read.points.includes('meter')).map(read => read.utcMs)).toEqual([2001 * quarterMs])
  await poller.stop()
})

test('a clock that is set forward over several times makes one of them, set back it goes on from there', async () => {
  const clock = new FakeClock(2000 * quarterMs + 60_000)
  const { reads, poller } = poll(clock, [byCalendar])
  await clock.advance(30_000)
  clock.jump(10 * quarterMs)
  await clock.advance(120_000)
  expect(reads).toHaveLength(1)
  clock.jump(-1000 * quarterMs)
  await clock.advance(quarterMs)
  expect(reads).toHaveLength(2)
  expect((reads[1]?.utcMs ?? 0) % quarterMs).toBe(0)
  await poller.stop()
})

test('points with the same text are one group', () => {
  const groups = createCalendarGroups<ScheduledPoint>([byCalendar, { ...byCalendar, name: 'other' }, power], 0)
  expect(groups.map(group => group.points.length)).toEqual([2])
})

test('a calendar that has come to its end is never due again', () => {
  const [group] = createCalendarGroups([{ calendar: { text: 'once', after: () => undefined } }], 0)
  if (!group) throw new Error('no group')
  lookAt(group, 0, 0)
  lookAt(group, 1e9, 1e9)
  expect(group.isDue).toBe(false)
})
