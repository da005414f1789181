import { FakeClock, seededRandom } from '@lineside/contract/testing'
import type { ReadPdu } from '@lineside/device-profiles'
import { expect, test } from 'vitest'
import type { ThresholdRule } from '../../detect/threshold-rule.ts'
import { createSchedule, wholeTurn } from '../../poll/schedule.ts'
import type { ModbusResult } from '../modbus/result.ts'
import { createSunspecDevice } from './device.ts'
import { sunspecProfile, SunspecUnit } from './unit.testdata.ts'
import { testDevice } from '../testing.ts'

const refusal: ModbusResult = { ok: false, kind: 'exception', exception: 2, text: 'illegal data address' }
const silence: ModbusResult = { ok: false, kind: 'timeout', text: 'no answer' }
const covers = (read: ReadPdu, address: number) => read.address <= address && address < read.address + read.count
const alarmOn = (point: string): ThresholdRule => ({
  kind: 'threshold',
  device: 'd',
  name: 'low',
  point,
  priority: 'medium',
  low: 10,
  hysteresis: 0,
  onDelayMs: 0,
  offDelayMs: 0,
})

function setUp(wire: (read: ReadPdu) => ModbusResult, alarms: readonly ThresholdRule[] = []) {
  const clock = new FakeClock()
  const asked: ReadPdu[] = []
  const device = createSunspecDevice(
    {
      config: { ...testDevice('d', sunspecProfile), alarms },
      profile: sunspecProfile,
      transport: {
        request(_unit, read) {
          asked.push(read)
          return Promise.resolve(wire(read))
        },
      },
      gapMs: 0,
      inFlight: 1,
      clock,
      random: seededRandom(5),
    },
    sunspecProfile.sunspec,
  )
  const turn = wholeTurn(createSchedule(device.points, 0))
  const poll = async () => {
    asked.length = 0
    return device.read(turn)
  }
  return { asked, poll, device, clock }
}

function from(unit: SunspecUnit): (read: ReadPdu) => ModbusResult {
  return read => {
    const data = unit.registers(read)
    return data ? { ok: true, data } : refusal
  }
}

test('it looks for its models once and then reads what it has, with few requests', async () => {
  const unit = new SunspecUnit({ models: [1, 103, 160] })
  unit.put('ac_power', 4200)
  unit.put('mppt_power_2', 1300)
  const { asked, poll, device } = setUp(from(unit))
  const first = await poll()
  expect(first).toMatchObject({ answered: true, values: { ac_power: 4000, mppt_power_2: 1300 } })
  expect(Object.keys({ ...first.values, ...first.quality })).not.toContain('mppt_power_3')
  expect(Object.keys({ ...first.values, ...first.quality }).some(name => name.startsWith('header'))).toBe(false)
  await poll()
  // Each model with its header.
  expect(asked.map(({ address, count }) => [address, count])).toEqual([
    [40_002, 66],
    [40_070, 42],
    [40_122, 47],
  ])
  expect(device.absent?.().has('mppt_power_3')).toBe(true)
  expect(device.flaw?.()).toBeUndefined()
})

test('an alarm on a point that it does not have is told, and the point has no value', async () => {
  const { poll, device } = setUp(from(new SunspecUnit({ models: [1, 103] })), [alarmOn('battery_charge')])
  expect((await poll()).quality).toMatchObject({ battery_charge: 'bad:not_available' })
  expect(device.flaw?.()).toBe('it does not have battery_charge, which alarms look at; models 1 and 103 at 40000')
})

test('a device without the marker says so, and is looked at again as soon as it has one', async () => {
  const unit = new SunspecUnit({ models: [1, 103] })
  unit.set(40_000, 0)
  const { asked, poll, device, clock } = setUp(from(unit))
  const outcome = await poll()
  expect(outcome).toMatchObject({ answered: true, values: {}, quality: { ac_power: 'bad:malformed' } })
  expect(device.flaw?.()).toBe('no SunSpec marker at holding register 40000, 0 or 50000')
  await poll()
  expect(asked).toHaveLength(1)
  unit.set(40_000, 0x5375)
  await poll()
  expect((await poll()).values).toHaveProperty('ac_power')
  expect(device.flaw?.()).toBeUndefined()
  expect(clock.monotonic()).toBe(0)
})

test('a device that refuses the marker everywhere has refused points', async () => {
  const { poll } = setUp(() => refusal)
  expect(await poll()).toMatchObject({ answered: true, quality: { ac_power: 'bad:refused' } })
})

function endless({ address, count }: ReadPdu): ModbusResult {
  const words = address === 40_000 ? [0x5375, 0x6e53] : [7, 0]
  return { ok: true, data: Uint8Array.from(words.slice(0, count).flatMap(word => [word >> 8, word & 255])) }
}

test('models that go on for ever cost a poll at most 24 reads, and one until it is time to look again', async () => {
  const { asked, poll, device, clock } = setUp(endless)
  const reads: number[] = []
  for (let n = 0; n < 6; n++) {
    await poll()
    reads.push(asked.length)
  }
  expect(reads).toEqual([24, 24, 18, 1, 1, 1])
  expect(device.flaw?.()).toBe('more than 64 models follow one another')
  await clock.advance(10_000)
  await poll()
  expect(asked).toHaveLength(24)
})

test('where the first base stays silent the next poll tries another, each at the cost of one time-out', async () => {
  const unit = new SunspecUnit({ base: 0, models: [1, 103] })
  const { asked, poll } = setUp(read => (read.address >= 40_000 ? silence : from(unit)(read)))
  expect(await poll()).toMatchObject({ answered: false, quality: { ac_power: 'bad:communication' } })
  expect(asked).toHaveLength(1)
  expect((await poll()).values).toHaveProperty('ac_power')
})

test('a device that falls silent while it is looked for costs one time-out', async () => {
  const unit = new SunspecUnit({ models: [1, 103] })
  const { asked, poll } = setUp(read => (read.address > 40_010 ? silence : from(unit)(read)))
  expect(await poll()).toMatchObject({ answered: true, quality: { ac_power: 'bad:communication' } })
  expect(asked).toHaveLength(3)
})

test('a poll that finds a model moved takes nothing, looks again and reads what is there now', async () => {
  const unit = new SunspecUnit({ models: [1, 103] })
  unit.put('ac_power', 4000)
  const { poll } = setUp(from(unit))
  expect((await poll()).values).toMatchObject({ ac_power: 4000 })
  unit.become({ models: [103, 1] })
  unit.put('ac_power', 9000)
  expect((await poll()).values).toMatchObject({ ac_power: 9000 })
})

test('what was said of points that it turns out not to have is taken back once', async () => {
  const unit = new SunspecUnit({ models: [1, 103, 160] })
  unit.set(40_000, 0)
  const { poll } = setUp(from(unit))
  const said = async () => (await poll()).quality ?? {}
  expect(await said()).toMatchObject({ mppt_power_1: 'bad:malformed', mppt_power_3: 'bad:malformed' })
  unit.set(40_000, 0x5375)
  await poll()
  expect(await said()).toMatchObject({ mppt_power_3: 'bad:not_available', battery_charge: 'bad:not_available' })
  expect(await said()).not.toHaveProperty('mppt_power_3')
  unit.become({ models: [103, 1] })
  const after = await said()
  expect(after).toMatchObject({ mppt_power_1: 'bad:not_available' })
  expect(after).not.toHaveProperty('battery_charge')
  expect(await said()).not.toHaveProperty('mppt_power_1')
})

test.each([
  ['stays', 1, { mppt_power_1: 120, mppt_power_12: 120 }, undefined],
  ['changes between the two', 2, { mppt_power_1: 120 }, 'bad:malformed'],
] as const)(
  'of a tracker too far from its scale factor, which %s, the factor is read again',
  async (_, then, values, bad) => {
    const unit = new SunspecUnit({ models: [160], blocks: 12 })
    for (const tracker of [1, 12]) unit.set(40_002 + 10 + 20 * (tracker - 1) + 11, 12)
    let factor = 1
    const { asked, poll } = setUp(read => {
      unit.set(40_006, factor)
      const result = from(unit)(read)
      // It changes behind the request that brought it.
      if (read.address === 40_002 && read.count > 2) factor = then
      return result
    })
    const outcome = await poll()
    expect(outcome.values).toMatchObject(values)
    expect(outcome.quality?.['mppt_power_12']).toBe(bad)
    expect(outcome.values).not.toHaveProperty('scale factor at 40006')
    expect(asked.at(-1)).toMatchObject({ address: 40_002, count: 6 })
  },
)

test('a silent device is not asked again for what lies far from its scale factor', async () => {
  const unit = new SunspecUnit({ models: [160], blocks: 12 })
  let isSilent = false
  const { asked, poll } = setUp(read => (isSilent ? silence : from(unit)(read)))
  await poll()
  isSilent = true
  const outcome = await poll()
  expect(outcome).toMatchObject({ answered: false, values: {}, quality: { mppt_power_12: 'bad:communication' } })
  expect(outcome.quality).not.toHaveProperty('scale factor at 40006')
  expect(asked).toHaveLength(1)
})

test('models that are others at each read give no value', async () => {
  const unit = new SunspecUnit({ models: [1, 103] })
  let n = 0
  const { poll } = setUp(read => {
    // The reads of values are long, those of headers are not.
    if (read.count > 2) unit.become({ models: n++ % 2 === 0 ? [103, 1] : [1, 103] })
    return from(unit)(read)
  })
  expect(await poll()).toMatchObject({ values: {}, quality: { ac_power: 'bad:malformed' } })
})

test('a register that is refused is reason to look again, after a minute and then ever more seldom', async () => {
  const unit = new SunspecUnit({ models: [1, 103] })
  const { asked, poll, clock } = setUp(read => (covers(read, 40_086) ? refusal : from(unit)(read)))
  expect((await poll()).quality).toEqual(expect.objectContaining({ ac_frequency: 'bad:refused' }))
  const looks: number[] = []
  for (let second = 0; second < 600; second += 5) {
    await clock.advance(5000)
    await poll()
    if (asked.some(({ address }) => address === 40_000)) looks.push(clock.monotonic() / 1000)
  }
  expect(looks.length).toBeGreaterThan(1)
  expect(looks.length).toBeLessThan(6)
  expect(looks[0]).toBeLessThanOrEqual(65)
})

test('a device that gives nothing any more is looked at soon, however long something was refused before', async () => {
  const unit = new SunspecUnit({ models: [1, 103] })
  let hasRefused = true
  const { poll, clock } = setUp(read => (hasRefused && covers(read, 40_086) ? refusal : from(unit)(read)))
  // Until it is looked at no more than once in half an hour.
  for (let minute = 0; minute < 240; minute++) {
    await clock.advance(60_000)
    await poll()
  }
  unit.become({ base: 0, models: [1, 113] })
  unit.put('ac_power', 1234.5)
  hasRefused = false
  expect((await poll()).values).toEqual({})
  expect((await poll()).values).toMatchObject({ ac_power: 1234.5 })
})

test('a device that refuses everything in turns is not looked at more than once a second', async () => {
  const unit = new SunspecUnit({ models: [1, 103] })
  let isBusy = false
  const { asked, poll, clock } = setUp(read => (isBusy ? refusal : from(unit)(read)))
  let looks = 0
  for (let n = 0; n < 200; n++) {
    isBusy = n % 2 === 1
    await poll()
    if (asked.some(({ address }) => address === 40_000)) looks++
    await clock.advance(20)
  }
  expect(looks).toBeGreaterThan(1)
  expect(looks).toBeLessThanOrEqual(5)
})

test('a device that was away may be another one: after a probe it is looked at again', async () => {
  const unit = new SunspecUnit({ models: [1, 103] })
  const { asked, poll, device } = setUp(from(unit))
  await poll()
  unit.become({ models: [1, 103, 802] })
  unit.put('battery_charge', 50)
  expect(await device.probe()).toEqual({ answered: true })
  expect((await poll()).values).toMatchObject({ battery_charge: 50 })
  expect(asked[0]).toMatchObject({ address: 40_000, count: 3 })
})
