import { FakeClock } from '@lineside/contract/testing'
import { pino } from 'pino'
import { expect, test } from 'vitest'
import type { AskTime, ClockChange, ClockOptions, TimeAnswer } from './api.ts'
import { createClockKeeper } from './keeper.ts'
import { earliestMs, patienceMs } from './questions.ts'
import type { ServiceState } from './time-service.ts'

const log = pino({ level: 'silent' })
const right = 1_794_000_000_000
const weeksBack = right - 30 * 86_400_000
const hourMs = 3_600_000

interface Setting {
  /** What the machine's clock says at the start. */
  readonly wall: number
  readonly service?: ServiceState
  readonly askTime?: (machine: FakeClock) => AskTime
  readonly isPinned?: boolean
}

function setUp({ wall, service, askTime, isPinned = false }: Setting) {
  const machine = new FakeClock(wall)
  const state = { service, asked: 0 }
  const timeService = {
    ask() {
      state.asked++
      return Promise.resolve(state.service ?? 'absent')
    },
  }
  const options: ClockOptions = {
    machine,
    log,
    random: () => 0.5,
    isPinned,
    service: service === undefined ? undefined : timeService,
    askTime: askTime?.(machine),
  }
  const keeper = createClockKeeper(options)
  const changes: ClockChange[] = []
  keeper.onChange(change => changes.push(change))
  keeper.start()
  /** By how much what is stamped is off. */
  const off = () => keeper.clock.now() - (right + machine.monotonic())
  return { machine, keeper, state, changes, off }
}

/** A receiver with the right time, some way off. */
const goodReceiver =
  (wayMs = 20) =>
  (machine: FakeClock): AskTime =>
  () => {
    const sentMs = machine.monotonic()
    const dateMs = Math.floor((right + sentMs + wayMs / 2) / 1000) * 1000
    return Promise.resolve({ kind: 'date', dateMs, sentMs, receivedMs: sentMs + wayMs })
  }

const answering =
  (answers: readonly TimeAnswer['kind'][], asked: string[] = []) =>
  (machine: FakeClock): AskTime =>
  check => {
    asked.push(check)
    const kind = answers[asked.length - 1] ?? answers.at(-1)
    if (kind === 'date') return goodReceiver()(machine)(check)
    const isByTime = kind === 'not_yet_valid' || kind === 'expired'
    return Promise.resolve(isByTime ? { kind } : { kind: 'failed', reason: 'refused' })
  }

test('a clock that is synchronised is right as soon as the time service was asked, and nothing is shifted', async () => {
  const { machine, keeper, changes } = setUp({ wall: right, service: 'synchronised' })
  await machine.advance(0)
  expect(keeper.stamping()).toMatchObject({ certain: true, epoch: 0 })
  expect(keeper.status()).toMatchObject({ state: 'synchronised', source: 'service', correctionMs: 0 })
  expect(changes).toEqual([{ shiftMs: 0, source: 'service', wasDoubtful: true, endsStreams: false }])
})

test('without time service and cloud the machine is believed, if it can be right', async () => {
  expect(setUp({ wall: right }).keeper.status()).toMatchObject({ state: 'synchronised', source: 'machine' })
  const { machine, keeper } = setUp({ wall: earliestMs - 1_000_000 })
  expect(keeper.status()).toMatchObject({ state: 'wrong', problem: expect.stringContaining('which is past') })
  // Somebody sets it.
  machine.jump(400 * 86_400_000)
  await machine.advance(1000)
  expect(keeper.status()).toMatchObject({ state: 'synchronised', source: 'machine' })
})

test('weeks back until the time service finds the time: then to the millisecond', async () => {
  const { machine, keeper, state, changes, off } = setUp({ wall: weeksBack, service: 'searching' })
  await machine.advance(60_000)
  expect(keeper.stamping().certain).toBe(false)
  machine.jump(right - weeksBack)
  state.service = 'synchronised'
  await machine.advance(6000)
  expect(keeper.stamping()).toMatchObject({ certain: true, epoch: 0 })
  expect(Math.abs(off())).toBeLessThanOrEqual(1)
  expect(changes.at(-1)).toMatchObject({ source: 'service', wasDoubtful: true })
})

test('years off, with a receiver that can be verified: within a second', async () => {
  for (const wall of [0, weeksBack, right + 10 * 365 * 86_400_000]) {
    const { machine, keeper, off } = setUp({ wall, service: 'searching', askTime: goodReceiver() })
    // oxlint-disable-next-line no-await-in-loop -- one clock after the other
    await machine.advance(10)
    expect(keeper.status()).toMatchObject({ state: 'synchronised', source: 'receiver' })
    expect(Math.abs(off())).toBeLessThanOrEqual(1000)
    expect(Math.abs((keeper.rightTime() ?? 0) - right)).toBeLessThan(2000)
  }
})

test('a slow line needs several answers, and at last what they say together is taken', async () => {
  const { machine, keeper, off } = setUp({ wall: weeksBack, askTime: goodReceiver(3000) })
  await machine.advance(1)
  expect(keeper.stamping().certain).toBe(false)
  await machine.advance(5 * 60_000)
  expect(keeper.stamping().certain).toBe(true)
  expect(Math.abs(off())).toBeLessThanOrEqual(2000)
})

test('what was found first is known as such when a later answer says a little more', async () => {
  const { machine, keeper } = setUp({ wall: weeksBack, askTime: goodReceiver() })
  expect(keeper.stamping().foundZero).toBeUndefined()
  await machine.advance(10)
  const { zero } = keeper.stamping()
  expect(keeper.stamping().foundZero).toBe(zero)
  await machine.advance(990)
  const sentMs = machine.monotonic()
  keeper.heard({ dateMs: Math.floor((zero + sentMs + 1900) / 1000) * 1000, sentMs, receivedMs: sentMs + 5 })
  expect(keeper.stamping().zero).toBeGreaterThan(zero + 500)
  expect(keeper.stamping().foundZero).toBe(zero)
})

test('a certificate that is not valid yet is let pass only where a pin says whom to believe', async () => {
  const asked: string[] = []
  const pinned = setUp({ wall: weeksBack, askTime: answering(['not_yet_valid', 'date'], asked), isPinned: true })
  await pinned.machine.advance(10)
  expect(asked).toEqual(['full', 'pinned'])
  expect(pinned.keeper.status()).toMatchObject({ state: 'synchronised', source: 'receiver' })

  const without: string[] = []
  const { machine, keeper } = setUp({ wall: weeksBack, askTime: answering(['not_yet_valid'], without) })
  await machine.advance(hourMs)
  expect(new Set(without)).toEqual(new Set(['full']))
  expect(keeper.status()).toMatchObject({ state: 'wrong', problem: expect.stringContaining('no cloud.ca') })
})

test('of a certificate that has ended the pin tells what time it is, and is not believed', async () => {
  const asked: string[] = []
  const { machine, keeper } = setUp({
    wall: right + 2 * 365 * 86_400_000,
    askTime: answering(['expired', 'date'], asked),
    isPinned: true,
  })
  await machine.advance(10)
  expect(asked).toEqual(['full', 'pinned'])
  const problem = expect.stringMatching(/has ended, but the receiver says 2026-11-0\d \d\d:\d\d UTC: set the clock$/)
  expect(keeper.status()).toMatchObject({ state: 'wrong', needsPerson: true, problem })
  expect(keeper.stamping().certain).toBe(false)
  // Somebody sets it: no later than the next look at it the receiver is asked again.
  machine.jump(-2 * 365 * 86_400_000)
  await machine.advance(1000)
  expect(keeper.status()).toMatchObject({ state: 'synchronised', source: 'receiver' })
})

test('another error than that one is never let pass', async () => {
  const asked: string[] = []
  const { machine, keeper } = setUp({ wall: weeksBack, askTime: answering(['failed'], asked), isPinned: true })
  await machine.advance(hourMs)
  expect(new Set(asked)).toEqual(new Set(['full']))
  expect(asked.length).toBeLessThan(40)
  expect(keeper.stamping().certain).toBe(false)
})

test('a time service that works makes it unnecessary to let anything pass', async () => {
  const asked: string[] = []
  const askTime = answering(['not_yet_valid'], asked)
  const { machine, keeper } = setUp({ wall: right, service: 'synchronised', askTime, isPinned: true })
  await machine.advance(10_000)
  expect(keeper.status().source).toBe('service')
  expect(asked.filter(check => check === 'pinned').length).toBeLessThanOrEqual(1)
})

test('set by hand while a time service is in charge: what is stamped goes on, until the service says so too', async () => {
  const { machine, keeper, state, off, changes } = setUp({
    wall: right,
    service: 'synchronised',
    askTime: goodReceiver(),
  })
  await machine.advance(2000)
  // As the kernel says it after somebody has set the clock.
  state.service = 'searching'
  for (const jumpMs of [-hourMs, 3 * hourMs]) {
    machine.jump(jumpMs)
    // oxlint-disable-next-line no-await-in-loop -- one jump after the other
    await machine.advance(20_000)
    expect(Math.abs(off())).toBeLessThanOrEqual(1000)
    expect(keeper.stamping()).toMatchObject({ certain: true, epoch: 0 })
  }
  expect(keeper.status().jumps).toBe(2)
  machine.jump(-2 * hourMs)
  state.service = 'synchronised'
  await machine.advance(10_000)
  expect(Math.abs(off())).toBeLessThanOrEqual(1)
  expect(changes.filter(({ shiftMs }) => Math.abs(shiftMs) > 1000)).toEqual([])
})

test('with nobody to ask, whoever sets the clock is followed; back by more than a second new streams begin', async () => {
  const { machine, keeper, off } = setUp({ wall: right })
  const before = keeper.clock.now()
  machine.jump(-600)
  await machine.advance(1000)
  expect(keeper.clock.now()).toBeGreaterThanOrEqual(before)
  expect(keeper.stamping().epoch).toBe(0)
  machine.jump(-hourMs)
  await machine.advance(1000)
  expect(off()).toBeLessThan(-hourMs)
  expect(keeper.stamping().epoch).toBe(1)
  machine.jump(2 * hourMs)
  await machine.advance(1000)
  expect(keeper.stamping().epoch).toBe(1)
  expect(off()).toBeGreaterThan(hourMs - 1000)
})

test('a time service that never finds the time has a quarter of an hour, where no receiver can be verified', async () => {
  const { machine, keeper } = setUp({ wall: right, service: 'searching' })
  await machine.advance(patienceMs)
  expect(keeper.stamping().certain).toBe(false)
  await machine.advance(2000)
  expect(keeper.status()).toMatchObject({ state: 'synchronised', source: 'machine' })
})

test('a quartz that drifts is kept within a second by what the receiver says', async () => {
  const { machine, keeper } = setUp({ wall: right, askTime: goodReceiver() })
  await machine.advance(10)
  const wrongBy = (ms: number) => {
    const sentMs = machine.monotonic()
    const trueNow = right + sentMs + ms
    keeper.heard({ dateMs: Math.floor(trueNow / 1000) * 1000, sentMs, receivedMs: sentMs + 5 })
    return Math.abs(keeper.clock.now() - trueNow)
  }
  for (let ms = 0; ms < 20_000; ms += 137) {
    // oxlint-disable-next-line no-await-in-loop -- one answer after the other
    await machine.advance(60_000)
    expect(wrongBy(ms)).toBeLessThanOrEqual(1001)
  }
})

test('a right clock costs a question a quarter of an hour', async () => {
  const { machine, state } = setUp({ wall: right, service: 'synchronised' })
  await machine.advance(hourMs)
  expect(state.asked).toBeLessThanOrEqual(5)
})

test('what ended asks nobody any more', async () => {
  const { machine, keeper } = setUp({ wall: right, service: 'searching', askTime: answering(['failed']) })
  await machine.advance(1000)
  keeper[Symbol.dispose]()
  expect(machine.timers).toBe(0)
})
