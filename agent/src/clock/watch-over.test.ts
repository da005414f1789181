import type { AlarmEntry } from '@lineside/contract'
import { FakeClock } from '@lineside/contract/testing'
import { randomUUID } from 'node:crypto'
import { pino } from 'pino'
import { expect, test } from 'vitest'
import { createSystemAlarms } from '../alarms/system.ts'
import type { TimeAnswer } from './api.ts'
import { createClockKeeper } from './keeper.ts'
import type { ServiceState } from './time-service.ts'
import { watchOverClock } from './watch-over.ts'

const right = 1_794_000_000_000
const dayMs = 86_400_000

/** A gateway that is looked after for so many seconds, with what was told by then. */
function watched(wall: number, answer: TimeAnswer | undefined, service?: ServiceState) {
  const machine = new FakeClock(wall)
  const ask = () => Promise.resolve(service ?? 'absent')
  const keeper = createClockKeeper({
    machine,
    log: pino({ enabled: false }),
    random: () => 0.5,
    service: service && { ask },
    askTime: answer && (() => Promise.resolve(answer)),
  })
  const alarms: AlarmEntry[] = []
  const tries: number[] = []
  const described: number[] = []
  const look = watchOverClock({
    keeper,
    buffer: { append() {}, clockChanged() {}, describe: () => described.push(keeper.clock.now()) },
    config: { gateway: 'gw', devices: new Map() },
    system: createSystemAlarms('gw', { now: () => keeper.clock.now(), newId: randomUUID }),
    tell: entry => alarms.push(entry),
    retry: () => tries.push(machine.monotonic()),
  })
  keeper.start()
  const pass = async (seconds: number) => {
    for (let i = 0; i < seconds; i++) {
      // oxlint-disable-next-line no-await-in-loop -- one second after the other
      await machine.advance(1000)
      look()
    }
    return alarms.map(({ event }) => event)
  }
  return { machine, pass, alarms, tries, described }
}

test('what only a person can put right is an alarm at once', async () => {
  for (const kind of ['expired', 'not_yet_valid'] as const) {
    const { pass, alarms } = watched(right, { kind })
    // oxlint-disable-next-line no-await-in-loop -- one gateway after the other
    expect(await pass(1)).toEqual(['raised'])
    expect(alarms[0]).toMatchObject({ alarm: 'clock_doubtful', text: expect.stringContaining('certificate') })
  }
})

test.each([
  ['wrong, with a time service that may find the time', { kind: 'not_yet_valid' }, right, 'searching', 60],
  ['in the past', { kind: 'failed', reason: 'refused' }, 0, undefined, 60],
  ['not vouched for', { kind: 'failed', reason: 'refused' }, right, undefined, 600],
  ['not vouched for, while a time service searches', { kind: 'failed', reason: 'refused' }, right, 'searching', 600],
] as const)('a clock that is %s is an alarm after a while', async (_name, answer, wall, service, seconds) => {
  const { pass } = watched(wall, answer, service)
  expect(await pass(seconds - 1)).toEqual([])
  expect(await pass(1)).toEqual(['raised'])
  expect(await pass(3600)).toEqual(['raised'])
})

test('the receiver is tried at once when the time comes to be known, and when somebody has set the clock', async () => {
  const { machine, pass, tries } = watched(right, { kind: 'date', dateMs: right, sentMs: 0, receivedMs: 9 })
  await pass(5)
  expect(tries).toEqual([1000])
  machine.jump(-2 * dayMs)
  await pass(5)
  expect(tries).toEqual([1000, 6000])
})

test('devices are described anew only where new streams begin, as a stream begins with what is no younger than the rest', async () => {
  const vouched = watched(right - dayMs, { kind: 'date', dateMs: right, sentMs: 0, receivedMs: 9 })
  await vouched.pass(3)
  expect(vouched.described).toEqual([])
  const { machine, pass, described } = watched(right, undefined)
  machine.jump(dayMs)
  await pass(1)
  expect(described).toEqual([])
  machine.jump(-dayMs)
  await pass(1)
  expect(described).toEqual([right + 2000])
})
