import { expect, test } from 'vitest'
import { sunspecProfile } from '../links/sunspec/unit.testdata.ts'
import { testDevice } from '../links/testing.ts'
import { testModbusProfile } from '../links/modbus/testing.ts'
import { degradation } from './degradation.ts'
import { formatTime } from './format-time.ts'

const nowMs = Date.UTC(2026, 0, 15, 12, 0)
const at = { nowMs, timezone: 'Europe/Berlin' }
const device = testDevice('d', testModbusProfile({ a: 1, b: 40, c: 41 }), { unitId: 7, everyMs: 1000 })
const reasonOf = (...of: Parameters<typeof degradation>) => degradation(...of)?.reason
const good = (point: string, t = nowMs) => ({ point, t, value: 1 })
const refused = (point: string) => ({ point, t: nowMs, quality: 'bad:refused' as const })

test('a device that gives everything is not degraded', () => {
  expect(reasonOf(device, [], [good('a'), good('b'), good('c')], at)).toBeUndefined()
})

test('what is refused is named, since when in the time of the plant, and that the others are fine', () => {
  const read = { points: ['b'], what: 'holding register 40', since: Date.UTC(2026, 0, 15, 9, 42) }
  expect(reasonOf(device, [read], [good('a'), refused('b'), good('c')], at)).toBe(
    'unit 7 answers, but holding register 40 is refused since 10:42; 2 other values are fine',
  )
})

test('several registers are refused', () => {
  const reads = ['holding registers 40 to 41', 'holding register 50'].map(what => ({
    points: ['b'],
    what,
    since: nowMs,
  }))
  expect(reasonOf(device, reads, [good('a'), refused('b')], at)).toBe(
    'unit 7 answers, but holding registers 40 to 41 are refused since 13:00, and 1 more; 1 other value is fine',
  )
})

test('a device of which nothing can be read is perhaps another one', () => {
  expect(reasonOf(device, [], [refused('a'), refused('b')], at)).toBe(
    'unit 7 answers, but none of its points can be read (a is bad:refused); is this device the right one for test/device?',
  )
})

test('a device whose readings are old is stale, with how often they are wanted', () => {
  expect(reasonOf(device, [], [good('a'), good('b', nowMs - 2900)], at)).toBeUndefined()
  expect(reasonOf(device, [], [good('a'), good('b', nowMs - 12_000)], at)).toBe(
    'stale: b is 12 s old and wanted every 1s; lineside bus shows why',
  )
})

test('a time of another day has its date', () => {
  expect(formatTime(nowMs - 86_400_000, nowMs, 'UTC')).toBe('2026-01-14 12:00')
})

test('what a SunSpec device does not implement is no fault of it, unless an alarm looks at it', () => {
  const inverter = testDevice('d', sunspecProfile, { everyMs: 1000 })
  const readings = [good('ac_power'), { point: 'ac_energy', t: nowMs, quality: 'bad:not_available' as const }]
  expect(reasonOf(inverter, [], readings, at)).toBeUndefined()
  const once = readings.map(reading => ('value' in reading ? reading : { ...reading, t: nowMs - 60_000 }))
  expect(reasonOf(inverter, [], once, at)).toBeUndefined()
  const rule = { kind: 'threshold', device: 'd', name: 'a', point: 'ac_energy', priority: 'low', low: 1 } as const
  const alarms = [{ ...rule, hysteresis: 0, onDelayMs: 0, offDelayMs: 0 }]
  expect(reasonOf({ ...inverter, alarms }, [], readings, at)).toBe(
    '1 of 2 points are bad, ac_energy is bad:not_available; 1 other value is fine',
  )
  expect(reasonOf(inverter, [], [good('ac_power'), refused('state')], at)).toContain('state is bad:refused')
})

test('it is degraded since the first of what is bad became so, or the first of what is old was overdue', () => {
  const readings = [good('a'), { ...refused('b'), badSince: nowMs - 5000 }, { ...refused('c'), badSince: nowMs - 9000 }]
  expect(degradation(device, [], readings, at)?.since).toBe(nowMs - 9000)
  expect(degradation(device, [], [good('a'), good('b', nowMs - 12_000)], at)?.since).toBe(nowMs - 9000)
})
