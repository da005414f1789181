import { FakeClock, seededRandom } from '@lineside/contract/testing'
import type { ReadPdu } from '@lineside/device-profiles'
import * as fc from 'fast-check'
import { pino } from 'pino'
import { expect, test } from 'vitest'
import { createDeviceMemory } from '../../device-memory.ts'
import type { DeviceMemory } from '../../intake.ts'
import { createSchedule, wholeTurn } from '../../poll/schedule.ts'
import { createModbusDevice } from './device.ts'
import type { ModbusResult } from './result.ts'
import { testDevice } from '../testing.ts'
import { testModbusProfile } from './testing.ts'

const refusal: ModbusResult = { ok: false, kind: 'exception', exception: 2, text: 'illegal data address' }
const timeoutMs = 1000
const timeout: ModbusResult = { ok: false, kind: 'timeout', text: 'no answer' }

/** A unit whose registers hold their own addresses. */
function answer({ address, count }: ReadPdu): ModbusResult {
  const data = new Uint8Array(count * 2)
  for (let i = 0; i < count; i++) data.set([(address + i) >> 8, (address + i) & 0xff], i * 2)
  return { ok: true, data }
}

function setUp(
  registers: Readonly<Record<string, number>>,
  wire: (read: ReadPdu) => ModbusResult,
  hole = 20,
  memory?: DeviceMemory,
) {
  const clock = new FakeClock()
  const asked: string[] = []
  const logged: string[] = []
  const profile = testModbusProfile(registers, hole)
  const device = createModbusDevice({
    config: testDevice('d', profile),
    profile,
    transport: {
      async request(_unit, read) {
        asked.push(`${read.address}+${read.count}`)
        const result = wire(read)
        if (!result.ok && result.kind === 'timeout') await clock.advance(timeoutMs)
        return result
      },
    },
    gapMs: 0,
    inFlight: 1,
    clock,
    random: seededRandom(5),
    log: pino({ base: null, timestamp: false }, { write: line => void logged.push(line) }),
    memory,
  })
  const turn = wholeTurn(createSchedule(device.points, 0))
  const poll = async () => {
    asked.length = 0
    return device.read(turn)
  }
  return { asked, logged, poll, device, clock }
}

const covers = (read: ReadPdu, address: number) => read.address <= address && address < read.address + read.count
const hasTwoBad = (read: ReadPdu) => (covers(read, 5) || covers(read, 3) ? refusal : answer(read))

test('all points of one request come with one request', async () => {
  const { asked, poll } = setUp({ a: 1, b: 2, c: 9 }, answer)
  expect(await poll()).toEqual({ values: { a: 1, b: 2, c: 9 }, quality: undefined, answered: true, text: undefined })
  expect(asked).toEqual(['1+9'])
})

test('a hole that may not be read costs no point, and is not read again', async () => {
  const { asked, poll } = setUp({ a: 1, b: 2, c: 9, d: 10 }, read => (covers(read, 5) ? refusal : answer(read)))
  expect((await poll()).values).toEqual({ a: 1, b: 2, c: 9, d: 10 })
  expect((await poll()).quality).toBeUndefined()
  expect(asked).toEqual(['1+2', '9+2'])
})

test('one bad register makes one point bad', async () => {
  const registers = Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`p${i}`, i]))
  const { poll } = setUp(registers, read => (covers(read, 37) ? refusal : answer(read)))
  for (let round = 0; round < 3; round++) {
    const outcome = await poll()
    expect(outcome.quality).toEqual({ p37: 'bad:refused' })
    expect(Object.keys(outcome.values)).toHaveLength(49)
  }
})

test('a device that refuses everything is asked as before, not register by register', async () => {
  const { asked, poll } = setUp({ a: 1, b: 2, c: 3, d: 4 }, () => refusal)
  expect((await poll()).quality).toEqual({ a: 'bad:refused', b: 'bad:refused', c: 'bad:refused', d: 'bad:refused' })
  expect(await poll()).toMatchObject({ answered: true, values: {} })
  expect(asked).toEqual(['1+4'])
})

test('what is refused is not asked for again at every poll, and comes back when the device gives it', async () => {
  let bad = true
  const { asked, poll, device, clock } = setUp({ a: 1, b: 2, c: 3 }, read =>
    bad && covers(read, 2) ? refusal : answer(read),
  )
  await poll()
  await poll()
  expect(asked).toEqual(['1+1', '3+1', '2+1'])
  await poll()
  expect(asked).toEqual(['1+1', '3+1'])
  expect(device.refused?.()).toMatchObject([{ points: ['b'], what: 'holding register 2', since: clock.now() }])
  let tries = 0
  for (let minute = 0; minute < 120; minute++) {
    await clock.advance(60_000)
    await poll()
    if (asked.includes('2+1')) tries++
  }
  expect(tries).toBeGreaterThan(3)
  expect(tries).toBeLessThan(10)
  bad = false
  await clock.advance(3_600_000)
  expect((await poll()).values).toEqual({ a: 1, b: 2, c: 3 })
  await poll()
  expect(asked).toEqual(['1+3'])
  expect(device.refused?.()).toEqual([])
})

test.each([
  { exception: 1, asks: 20 },
  { exception: 2, asks: 3 },
  { exception: 3, asks: 3 },
  { exception: 4, asks: 20 },
  { exception: 6, asks: 20 },
  { exception: 8, asks: 20 },
])(
  'refused by exception $exception, which says something of registers or of the device alone, a read is asked for $asks times in 20 polls',
  async ({ exception, asks }) => {
    const refused: ModbusResult = { ok: false, kind: 'exception', exception, text: 'refused' }
    const { asked, poll } = setUp({ a: 1, b: 2, c: 100 }, read => (read.address < 3 ? refused : answer(read)), 0)
    let times = 0
    for (let round = 0; round < 20; round++) {
      expect(await poll()).toMatchObject({ values: { c: 100 }, quality: { a: 'bad:refused', b: 'bad:refused' } })
      if (asked.includes('1+2')) times++
    }
    expect(times).toBe(asks)
  },
)

test('a barrier is forgotten after a day, for the device may be a better one by then', async () => {
  const { asked, poll, clock } = setUp({ a: 1, b: 9 }, read => (covers(read, 5) ? refusal : answer(read)))
  await poll()
  await clock.advance(86_300_000)
  await poll()
  expect(asked).toEqual(['1+1', '9+1'])
  await clock.advance(200_000)
  await poll()
  expect(asked).toEqual(['1+9', '1+1', '9+1'])
})

test('what was learned holds after a restart, and only for the same profile at the same place', async () => {
  let saved: string | undefined
  const memory = () => {
    const lasting = createDeviceMemory(['d'], text => (saved = text))
    lasting.restore(saved)
    return lasting
  }
  const registers = { a: 1, b: 2, c: 3, d: 9 }
  const first = setUp(registers, hasTwoBad, 20, memory())
  await first.poll()
  // One refusal may be a device that is only starting.
  await first.poll()
  const second = setUp(registers, hasTwoBad, 20, memory())
  expect((await second.poll()).values).toEqual({ a: 1, b: 2, d: 9 })
  expect(second.asked).toEqual(['1+2', '9+1'])
  expect(second.device.refused?.()).toMatchObject([{ points: ['c'], since: first.clock.now() }])
  const other = setUp(registers, hasTwoBad, 20, { of: () => memory().of('d', 'another profile') })
  await other.poll()
  expect(other.asked[0]).toBe('1+9')
})

test('whatever a device refuses, every other point is read from the first poll on, soon with the fewest requests', async () => {
  const registers = Object.fromEntries(Array.from({ length: 24 }, (_, i) => [`p${i}`, i + Math.floor(i / 5) * 2]))
  const scenario = fc.record({
    bad: fc.uniqueArray(fc.nat(33), { maxLength: 4 }),
    most: fc.integer({ min: 3, max: 40 }),
  })
  await fc.assert(
    fc.asyncProperty(scenario, async ({ bad, most }) => {
      const isRefused = (read: ReadPdu) => read.count > most || bad.some(at => covers(read, at))
      const { asked, poll } = setUp(registers, read => (isRefused(read) ? refusal : answer(read)))
      const good = Object.entries(registers).filter(([, at]) => !bad.includes(at))
      for (let round = 0; round < 10; round++) {
        const { values, quality = {} } = await poll()
        expect(values).toEqual(Object.fromEntries(good))
        expect(Object.keys(quality)).toHaveLength(24 - good.length)
      }
      const reads = asked.map(text => text.split('+').map(Number))
      for (const [address = 0, count = 0] of reads) expect(isRefused({ functionCode: 3, address, count })).toBe(false)
      // Without a limit on their length only what is bad lies between reads.
      if (most >= 34) expect(reads.length).toBeLessThanOrEqual(bad.length + 1)
    }),
    { numRuns: 150 },
  )
})

test('a device that says nothing is asked once a poll', async () => {
  const { asked, poll } = setUp({ a: 1, b: 100, c: 200 }, () => timeout)
  const outcome = await poll()
  expect(outcome).toMatchObject({ answered: false, text: expect.stringMatching(/^holding register \d+: no answer$/) })
  expect(outcome.quality).toEqual({ a: 'bad:communication', b: 'bad:communication', c: 'bad:communication' })
  expect(asked).toHaveLength(1)
})

test('a block that is never answered costs its own points alone, and is asked ever more rarely', async () => {
  const { asked, poll } = setUp({ a: 1, b: 100, c: 200 }, read => (read.address === 1 ? timeout : answer(read)))
  let wasted = 0
  for (let round = 0; round < 100; round++) {
    const outcome = await poll()
    if (round > 0) expect(outcome.values).toEqual({ b: 100, c: 200 })
    if (asked.includes('1+1')) wasted++
  }
  expect(wasted).toBeLessThan(10)
})

test('an exception that says the unit is dead is no answer', async () => {
  const dead: ModbusResult = { ok: false, kind: 'exception', exception: 0x0b, text: 'gateway target' }
  const { poll, device } = setUp({ a: 1 }, () => dead)
  expect(await poll()).toMatchObject({ answered: false, quality: { a: 'bad:communication' } })
  expect(await device.probe()).toMatchObject({ answered: false })
})

test('an answer that is none makes its points malformed', async () => {
  const { poll } = setUp({ a: 1 }, () => ({ ok: false, kind: 'malformed', text: 'function 4 in answer to function 3' }))
  expect(await poll()).toMatchObject({ answered: false, quality: { a: 'bad:malformed' } })
})

test('a probe asks for the fewest registers, and an exception shows that the device is there', async () => {
  const { asked, device } = setUp({ a: 1, b: 2, c: 100 }, () => refusal, 0)
  expect(await device.probe()).toMatchObject({ answered: true })
  expect(asked).toEqual(['100+1'])
})

test('one lost reply costs one poll; a request that is never answered is asked ever more rarely', async () => {
  let isLost = false
  const wire = (read: ReadPdu) => (isLost && covers(read, 100) ? timeout : answer(read))
  const { asked, logged, poll, device, clock } = setUp({ a: 1, b: 100 }, wire, 0)
  expect((await poll()).values).toEqual({ a: 1, b: 100 })
  isLost = true
  expect(await poll()).toMatchObject({ values: { a: 1 }, quality: { b: 'bad:communication' } })
  expect(device.flaw?.()).toBeUndefined()
  expect(device.restsUntilMs?.()).toBeUndefined()
  isLost = false
  expect((await poll()).values).toEqual({ a: 1, b: 100 })
  isLost = true
  let times = 0
  for (let second = 0; second < 1200; second++) {
    await clock.advance(1000)
    expect((await poll()).values).toEqual({ a: 1 })
    if (asked.includes('100+1')) times++
  }
  expect(times).toBeGreaterThan(7)
  expect(times).toBeLessThan(12)
  expect(device.flaw?.()).toBe('no answer to a read of holding register 100')
  const restMs = (device.restsUntilMs?.() ?? 0) - clock.monotonic()
  expect(restMs).toBeGreaterThan(0)
  expect(restMs).toBeLessThanOrEqual(300_000)
  isLost = false
  await clock.advance(300_000)
  expect((await poll()).values).toEqual({ a: 1, b: 100 })
  expect(device.flaw?.()).toBeUndefined()
  expect(logged.map(line => JSON.parse(line))).toEqual([
    { level: 40, device: 'd', read: 'holding register 100', msg: 'read is not answered, and rests' },
    { level: 30, device: 'd', read: 'holding register 100', msg: 'read is answered again' },
  ])
})

test('a read that is asked first and never answered rests as soon as one that is asked last', async () => {
  const { asked, poll } = setUp({ a: 1, b: 100 }, read => (covers(read, 1) ? timeout : answer(read)), 0)
  expect(await poll()).toMatchObject({ answered: false, values: {} })
  expect(asked).toEqual(['1+1'])
  expect(await poll()).toMatchObject({ values: { b: 100 } })
  expect(asked).toEqual(['100+1', '1+1'])
  expect(await poll()).toMatchObject({ values: { b: 100 }, quality: { a: 'bad:communication' } })
  expect(asked).toEqual(['100+1'])
})
