import type { ReadPdu } from '@lineside/device-profiles'
import { expect, test } from 'vitest'
import { createSchedule, wholeTurn } from '../poll/schedule.ts'
import { createModbusDevice } from './modbus-device.ts'
import type { ModbusResult } from './modbus-result.ts'
import { testDevice, testModbusProfile } from './testing.ts'

const refusal: ModbusResult = { ok: false, kind: 'exception', exception: 2, text: 'illegal data address' }
const timeout: ModbusResult = { ok: false, kind: 'timeout', text: 'no answer' }

/** A unit whose registers hold their own addresses. */
function answer({ address, count }: ReadPdu): ModbusResult {
  const data = new Uint8Array(count * 2)
  for (let i = 0; i < count; i++) data.set([(address + i) >> 8, (address + i) & 0xff], i * 2)
  return { ok: true, data }
}

function setUp(registers: Readonly<Record<string, number>>, wire: (read: ReadPdu) => ModbusResult, hole = 20) {
  const asked: string[] = []
  const profile = testModbusProfile(registers, hole)
  const device = createModbusDevice({
    config: testDevice('d', profile),
    profile,
    transport: {
      request(_unit, read) {
        asked.push(`${read.address}+${read.count}`)
        return Promise.resolve(wire(read))
      },
    },
    gapMs: 0,
    inFlight: 1,
  })
  const turn = wholeTurn(createSchedule(device.points, 0))
  const poll = async () => {
    asked.length = 0
    return device.read(turn)
  }
  return { asked, poll, device }
}

const covers = (read: ReadPdu, address: number) => read.address <= address && address < read.address + read.count

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
