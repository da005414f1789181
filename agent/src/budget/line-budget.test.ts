import { expect, test } from 'vitest'
import type { ModbusRtuLinkConfig, ModbusTcpLinkConfig } from '../config/types.ts'
import { sunspecProfile } from '../links/sunspec/unit.testdata.ts'
import { testDevice } from '../links/testing.ts'
import { testModbusProfile } from '../links/modbus/testing.ts'
import { judgeLine } from './advice.ts'
import { lineBudget } from './line-budget.ts'

const rtu: ModbusRtuLinkConfig = {
  kind: 'modbus_rtu',
  name: 'line',
  port: { path: '/dev/ttyUSB0', baud: 9600, dataBits: 8, parity: 'none', stopBits: 1 },
  timeoutMs: 1000,
  requestGapMs: 0,
  connectDelayMs: 0,
}
const tcp: ModbusTcpLinkConfig = {
  kind: 'modbus_tcp',
  name: 'line',
  host: '192.0.2.1',
  port: 502,
  timeoutMs: 1000,
  requestGapMs: 0,
  maxInFlight: 1,
}
const registers = (count: number) =>
  testModbusProfile(Object.fromEntries(Array.from({ length: count }, (_, i) => [`r${i}`, i])))

/** 8 bytes of request, 5 + 20 of answer at 10 bits each, 3.5 characters of 11 bits of silence, 10 ms to answer. */
const tenRegistersMs = (33 * 10 * 1000) / 9600 + (3.5 * 11 * 1000) / 9600 + 10

test('a line takes what its bytes, its silence and its devices take', () => {
  const device = testDevice('d', registers(10), { everyMs: 1000 })
  const budget = lineBudget(rtu, [device])
  expect(budget).toMatchObject({ requestsPerSecond: 1, everyMs: 1000 })
  expect(budget?.load).toBeCloseTo(tenRegistersMs / 1000, 6)
  expect(budget?.devices[0]?.wholeMs).toBeCloseTo(tenRegistersMs, 6)
  expect(budget?.devices[0]?.lostMs).toBeCloseTo(2 * (tenRegistersMs - 10 + 1000), 6)
})

test('the gap that the line or the device wants is part of every request, the longer of the two', () => {
  const profile = registers(10)
  const slow = { ...profile, limits: { ...profile.limits, gapMs: 50 } }
  const load = (gapMs: number, with50: boolean) =>
    lineBudget({ ...rtu, requestGapMs: gapMs }, [testDevice('d', with50 ? slow : profile, { everyMs: 1000 })])?.load ??
    0
  expect(load(20, false) - load(0, false)).toBeCloseTo(0.02, 6)
  expect(load(20, true) - load(0, false)).toBeCloseTo(0.05, 6)
})

test('points that fall due together share requests', () => {
  const device = testDevice('d', registers(10), { everyMs: 1000 })
  const points = new Map(
    [...device.points].map(([name, point], i) => [name, { ...point, everyMs: i < 5 ? 1000 : 10_000 }]),
  )
  const budget = lineBudget(rtu, [{ ...device, points }])
  expect(budget?.requestsPerSecond).toBeCloseTo(1, 6)
  expect(budget?.load).toBeLessThan(tenRegistersMs / 1000)
})

test('a device on a TCP link of its own is near; several that have a baud rate are taken for a bus behind a gateway', () => {
  const profile = { ...registers(10), serial: { baud: 9600 } }
  const [one, two] = [1, 2].map(unitId => testDevice(`d${unitId}`, profile, { unitId, everyMs: 1000 }))
  const [third, fourth] = [3, 4].map(unitId => testDevice(`d${unitId}`, registers(10), { unitId, everyMs: 1000 }))
  if (!one || !two || !third || !fourth) throw new Error('no devices')
  expect(lineBudget(tcp, [one])).toMatchObject({ load: 0.012, assumption: '12 ms until a device answers' })
  const bus = lineBudget(tcp, [one, two])
  expect(bus?.assumption).toBe(
    'a bus of 9600 baud behind it (bus_baud says another, or none), 12 ms until a device answers',
  )
  expect(bus?.load).toBeGreaterThan(0.09)
  expect(lineBudget(tcp, [third, fourth])?.assumption).toBe('12 ms until a device answers')
  expect(lineBudget({ ...tcp, busBaud: 0 }, [one, two])).toMatchObject({
    load: 0.024,
    assumption: '12 ms until a device answers',
  })
  expect(lineBudget({ ...tcp, busBaud: 19_200 }, [third, fourth])?.assumption).toBe(
    'a bus of 19200 baud behind it, 12 ms until a device answers',
  )
  expect(lineBudget({ ...tcp, maxInFlight: 4 }, [one, two])?.load).toBeCloseTo(0.006, 6)
})

test('a line with nothing to poll has no budget', () => {
  expect(lineBudget(rtu, [])).toBeUndefined()
  expect(lineBudget(rtu, [testDevice('d', registers(1), { link: 'other' })])).toBeUndefined()
})

test('a line that is asked for too much is told what would help, and what it would come to', () => {
  const devices = [1, 2, 3, 4, 5].map(unitId => testDevice(`d${unitId}`, registers(100), { unitId, everyMs: 1000 }))
  const few = testDevice('few', registers(2), { unitId: 9, everyMs: 1000 })
  const budget = lineBudget(rtu, [...devices, few])
  if (!budget) throw new Error('no budget')
  expect(judgeLine(budget, rtu, [...devices, few])).toEqual({
    state: 'over',
    lines: [
      "it can't keep its intervals; one of these helps:",
      '  every: 2s where it is 1s, and all others as much longer: 61 %',
      '  baud: 19200 here and in every device: 64 %',
      '  fewer points of d1, which takes 24 %: 1 request for 100 points',
    ],
  })
})

test('a poll that takes longer than the shortest interval of its line is said', () => {
  const devices = [
    testDevice('long', registers(100), { everyMs: 60_000 }),
    testDevice('fast', registers(1), { unitId: 2, everyMs: 100 }),
  ]
  const budget = lineBudget(rtu, devices)
  if (!budget) throw new Error('no budget')
  expect(judgeLine(budget, rtu, devices)).toEqual({
    state: 'fine',
    lines: ['a poll of all points of long takes 236 ms, and what is wanted every 100ms on this line waits for it'],
  })
})

test('a SunSpec device is taken to have what such a device usually has, and that is said', () => {
  const budget = lineBudget(rtu, [testDevice('inverter', sunspecProfile, { everyMs: 1000 })])
  expect(budget?.devices[0]).toMatchObject({ points: 40, wholeRequests: 3 })
  expect(budget?.models).toBe('models 1, 103 and 160 with 2 blocks at 40000')
  expect(lineBudget(rtu, [testDevice('d', registers(1))])).not.toHaveProperty('models')
})
