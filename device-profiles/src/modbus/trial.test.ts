import { expect, test } from 'vitest'
import { ModbusTables } from './tables.ts'
import { testPoint, testProfile } from './testing.ts'
import { compileTrial, type Fit, type ProfileTrial, type TrialAnswer } from './trial.ts'
import { compileModbusWriter } from './writer.ts'
import type { ModbusProfile, ModbusPoint } from './profile.ts'

const volt = { unit: 'V', range: [0, 400] } as const
const meter = testProfile([
  testPoint({ name: 'voltage', type: 'float32', address: 0, count: 2, ...volt }),
  testPoint({ name: 'frequency', type: 'float32', address: 2, count: 2, unit: 'Hz', range: [0, 70] }),
  testPoint({ name: 'serial', type: 'string', address: 100, count: 4 }),
])
const climate = testProfile([
  testPoint({ name: 'temperature', type: 'int16', address: 0, scale: [0.1], unit: 'Cel', range: [-40, 60] }),
  testPoint({ name: 'humidity', address: 1, scale: [0.1], unit: '%', range: [0, 100] }),
])

function shown(profile: ModbusProfile, values: Readonly<Record<string, number | string>>): ModbusTables {
  const tables = new ModbusTables()
  const writer = compileModbusWriter(profile, { params: {} })
  for (const [point, value] of Object.entries(values)) tables.put(writer.encode(point, value))
  return tables
}

function holding(words: readonly number[]): ModbusTables {
  const tables = new ModbusTables()
  tables.put({ table: 'holding', address: 0, words, mask: 0xffff })
  return tables
}

function ask(trial: ProfileTrial, tables: ModbusTables, refusedFrom = 65_536): Fit {
  return trial.judge(
    ({ functionCode, address, count }): TrialAnswer =>
      address + count > refusedFrom ? 'refused' : tables.read(functionCode, address, count),
  )
}

test('values that are plausible speak for a profile, each with what a person can compare', () => {
  const fit = ask(compileTrial(meter), shown(meter, { voltage: 230.2, frequency: 50, serial: 'AB123' }))
  expect(fit).toMatchObject({ asked: 3, good: 3, identified: undefined })
  expect(fit.bits).toBeGreaterThan(10)
  expect(fit.samples).toEqual([
    { point: 'voltage', value: 230.2, unit: 'V' },
    { point: 'frequency', value: 50, unit: 'Hz' },
    { point: 'serial', value: 'AB123' },
  ])
})

test('the profile of another device has less for it, and one that does not fit something against it', () => {
  const tables = shown(climate, { temperature: 21.5, humidity: 48.2 })
  const right = ask(compileTrial(climate), tables)
  const wrong = ask(compileTrial(meter), tables)
  expect(right.bits).toBeGreaterThan(8)
  expect(wrong.bits).toBeLessThan(0)
  expect(ask(compileTrial(climate), shown(meter, { voltage: 230.2, frequency: 50 })).bits).toBeLessThan(0)
})

test('registers that are all zero say nothing for any profile', () => {
  for (const profile of [meter, climate]) {
    const fit = ask(compileTrial(profile), new ModbusTables())
    expect(fit.bits).toBeLessThanOrEqual(0)
    expect(fit.samples).toEqual([])
  }
})

test('one number that is everywhere counts once, however many points it is plausible for', () => {
  const board = testProfile(
    Array.from({ length: 8 }, (_, address) =>
      testPoint({ name: `t${address}`, type: 'int16', address, scale: [0.1], unit: 'Cel', range: [-55, 125] }),
    ),
  )
  const trial = compileTrial(board)
  const alike = ask(trial, holding(Array.from({ length: 8 }, () => 250)))
  const varied = ask(trial, holding([250, 251, 248, 230, 231, 190, 191, 192]))
  expect(alike).toMatchObject({ asked: 8, good: 8, distinct: 1 })
  expect(varied).toMatchObject({ asked: 8, good: 8, distinct: 8 })
  expect(varied.bits).toBeCloseTo(8 * alike.bits)
  // Two registers of one number, or of it and nothing, are not another number.
  const long = testPoint({ name: 'long', type: 'uint32', address: 0, count: 2, unit: 'W', range: [0, 1e8] })
  const short = testPoint({ name: 'short', address: 2, unit: 'V', range: [0, 400] })
  const mixed = compileTrial(testProfile([long, short]))
  expect(ask(mixed, holding([250, 250, 250])).distinct).toBe(1)
  expect(ask(mixed, holding([0, 250, 250])).distinct).toBe(1)
  expect(ask(mixed, holding([1, 250, 230])).distinct).toBe(2)
})

test('what is refused counts against a profile, what was not asked does not', () => {
  const tables = shown(meter, { voltage: 230.2, frequency: 50 })
  const trial = compileTrial(meter)
  const refused = ask(trial, tables, 50)
  expect(refused).toMatchObject({ asked: 3, good: 2 })
  const [first] = trial.requests
  const partly = trial.judge(request => (request === first ? tables.read(3, 0, 4) : undefined))
  expect(partly).toMatchObject({ asked: 2, good: 2 })
  expect(partly.bits).toBeGreaterThan(refused.bits)
})

test('registers by which the device is known decide, as soon as they were asked', () => {
  const point: ModbusPoint = testPoint({ name: 'identity_0', address: 200 })
  const trial = compileTrial({ ...climate, identify: [{ point, is: [1648] }] })
  const tables = shown(climate, { temperature: 21.5, humidity: 48.2 })
  expect(trial.judge(() => undefined).identified).toBeUndefined()
  expect(trial.judge(() => 'refused').identified).toBe(false)
  expect(ask(trial, tables).identified).toBe(false)
  tables.put({ table: 'holding', address: 200, words: [1648], mask: 0xffff })
  expect(ask(trial, tables).identified).toBe(true)
})

test('a param that only the owner knows keeps nobody from trying', () => {
  const ratio = new Map([['ct_ratio', { description: 'ratio' }]])
  const power = testPoint({ name: 'power', type: 'int32', count: 2, scale: ['ct_ratio'], unit: 'W', range: [0, 1000] })
  const profile = { ...testProfile([power]), params: ratio }
  const tables = new ModbusTables()
  tables.put({ table: 'holding', address: 0, words: [0, 230], mask: 0xffff })
  expect(ask(compileTrial(profile), tables)).toMatchObject({ good: 1, samples: [{ point: 'power', value: 230 }] })
})
