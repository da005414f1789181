import { encodeMbap, MbapReader } from '@lineside/device-profiles'
import { expect, test } from 'vitest'
import { ModbusLink } from '../modbus/link.ts'
import { sunspecProfile, SunspecUnit } from './unit.testdata.ts'
import { testContext, testDevice } from '../testing.ts'
import { testModbusProfile } from '../modbus/testing.ts'
import { TestServer } from '../channel/testing.ts'

/** A host with these units. */
function host(units: ReadonlyMap<number, SunspecUnit>, before: (unitId: number) => void = () => {}): TestServer {
  return new TestServer(socket => {
    const reader = new MbapReader()
    socket.on('data', chunk => {
      for (const { transaction, unitId, pdu } of reader.push(chunk).frames) {
        const unit = units.get(unitId)
        if (!unit) continue
        before(unitId)
        socket.write(encodeMbap(transaction, unitId, unit.pdu(pdu)))
      }
    })
  })
}

const config = (port: number) =>
  ({
    kind: 'modbus_tcp',
    name: 'line',
    host: '127.0.0.1',
    port,
    timeoutMs: 100,
    requestGapMs: 0,
    maxInFlight: 1,
  }) as const

const inverter = testDevice('inverter', sunspecProfile)

test('what it has is read, what it does not implement has no value, of the rest nothing is said', async () => {
  const unit = new SunspecUnit({ base: 50_000, models: [1, 103, 160], blocks: 1 })
  unit.put('manufacturer', 'Acme')
  unit.put('ac_voltage_l1', 230)
  unit.notAvailable('ac_voltage_l2')
  unit.put('state', 'throttled')
  unit.put('mppt_current_1', 8)
  await using server = await host(new Map([[1, unit]])).listen()
  const context = testContext()
  await using link = new ModbusLink(config(server.port), [inverter], context)
  await link.start()
  await context.intake.until(() => context.intake.samples.length > 2)
  const sample = context.intake.samples.at(-1)
  expect(sample?.values).toMatchObject({
    manufacturer: 'Acme',
    ac_voltage_l1: 230,
    state: 'throttled',
    mppt_current_1: 8,
  })
  expect(sample?.quality).toMatchObject({ ac_voltage_l2: 'bad:not_available', ac_energy: 'bad:not_available' })
  const said = Object.keys({ ...sample?.values, ...sample?.quality })
  expect(said.filter(name => /^meter|^battery|_2$/.test(name))).toEqual([])
  expect(context.intake.states.map(({ state }) => state)).toEqual(['online', 'online'])
})

test('an inverter is changed for another with floats elsewhere: every value is one that one of them showed', async () => {
  const unit = new SunspecUnit({ models: [1, 103, 160] })
  unit.put('ac_power', 4000)
  await using server = await host(new Map([[1, unit]])).listen()
  const context = testContext()
  const { intake } = context
  await using link = new ModbusLink(config(server.port), [inverter], context)
  await link.start()
  const powers = () => intake.samples.flatMap(({ values }) => values['ac_power'] ?? [])
  await intake.until(() => powers().length > 3)
  unit.become({ base: 0, models: [1, 113] })
  unit.put('ac_power', 1234.5)
  await intake.until(() => powers().filter(power => power === 1234.5).length > 3)
  expect(new Set(powers())).toEqual(new Set([4000, 1234.5]))
})

test('a device that comes back after it was lost is looked at again', async () => {
  const unit = new SunspecUnit({ models: [1, 103] })
  const first = await host(new Map([[1, unit]])).listen()
  const context = testContext()
  const { intake } = context
  await using link = new ModbusLink(config(first.port), [inverter], context)
  await link.start()
  await intake.until(() => intake.samples.length > 2)
  await first[Symbol.asyncDispose]()
  await intake.until(() => intake.states.some(({ scope, state }) => scope === 'device' && state === 'offline'))
  const lost = intake.samples.at(-1)?.quality ?? {}
  expect(lost).toMatchObject({ ac_power: 'bad:communication' })
  expect(lost).not.toHaveProperty('battery_charge')
  unit.become({ models: [1, 103, 802] })
  unit.put('battery_charge', 80)
  const before = intake.samples.length
  await using second = await host(new Map([[1, unit]])).listen(first.port)
  await intake.until(() => intake.samples.at(-1)?.values['battery_charge'] === 80)
  expect(second.accepted).toBeGreaterThan(0)
  // It was known before what it has: of the rest nothing needs taking back.
  expect(intake.samples.slice(before).filter(({ quality }) => quality?.['mppt_power_1'])).toEqual([])
})

test('two meters behind one inverter are two devices of one unit', async () => {
  const unit = new SunspecUnit({ models: [103, 203, 203] })
  const second = 40_002 + 52 + 107
  unit.put('meter_power', 20_000)
  unit.set(second + 18, 77)
  unit.set(second + 22, 1)
  await using server = await host(new Map([[1, unit]])).listen()
  const context = testContext()
  const { intake } = context
  const other = testDevice('other', sunspecProfile, { params: { model_number: 2 } })
  await using link = new ModbusLink(config(server.port), [inverter, other], context)
  await link.start()
  const last = (name: string) => intake.samples.findLast(({ device }) => device === name)?.values
  await intake.until(() => last('inverter') !== undefined && last('other') !== undefined)
  expect(last('inverter')).toMatchObject({ meter_power: 20_000 })
  expect(last('other')).toMatchObject({ meter_power: 770 })
  expect(last('other')).not.toHaveProperty('ac_power')
})

test('a device that is offline at the start and lacks points is not left with bad ones', async () => {
  const unit = new SunspecUnit({ models: [1, 103] })
  const closed = await host(new Map()).listen()
  const { port } = closed
  await closed[Symbol.asyncDispose]()
  const context = testContext()
  const { intake } = context
  await using link = new ModbusLink(config(port), [inverter], context)
  await link.start()
  await intake.until(() => intake.states.some(({ scope, state }) => scope === 'device' && state === 'offline'))
  expect(intake.samples.at(-1)?.quality).toMatchObject({ battery_charge: 'bad:communication' })
  await using server = await host(new Map([[1, unit]])).listen(port)
  await intake.until(() => intake.samples.at(-1)?.quality?.['battery_charge'] === 'bad:not_available')
  expect(server.accepted).toBe(1)
})

test('a scale factor that changes with every request never meets the value of another', async () => {
  const unit = new SunspecUnit({ models: [1, 103] })
  let n = 0
  const turn = () => {
    n++
    // Power, and its factor behind it: 1230 W in three ways.
    const [raw = 0, factor = 0] =
      [
        [123, 1],
        [1230, 0],
        [12_300, -1],
      ][n % 3] ?? []
    unit.set(40_070 + 14, raw, factor & 0xffff)
  }
  await using server = await host(new Map([[1, unit]]), turn).listen()
  const context = testContext()
  const { intake } = context
  await using link = new ModbusLink(
    config(server.port),
    [testDevice('inverter', sunspecProfile, { everyMs: 10 })],
    context,
  )
  await link.start()
  await intake.until(() => intake.samples.length >= 30)
  expect(new Set(intake.samples.map(({ values }) => values['ac_power']))).toEqual(new Set([1230]))
})

test('a unit that is no SunSpec device says so once and takes nothing from the others; it is read when it becomes one', async () => {
  const stranger = new SunspecUnit({ models: [1, 103] })
  stranger.set(40_000, 0)
  const other = new SunspecUnit({ base: 0, models: [1] })
  await using server = await host(
    new Map([
      [1, stranger],
      [2, other],
    ]),
  ).listen()
  const context = testContext()
  const { intake } = context
  const plain = testDevice('plain', testModbusProfile({ marker: 0 }), { unitId: 2 })
  await using link = new ModbusLink(config(server.port), [inverter, plain], context)
  await link.start()
  const told = () => intake.states.filter(({ name }) => name === 'inverter').map(({ state, reason }) => [state, reason])
  const good = () => intake.samples.filter(({ device, values }) => device === 'plain' && values['marker'] === 0x5375)
  await intake.until(() => told().length === 2 && good().length >= 10)
  expect(told()).toEqual([
    ['online', undefined],
    ['degraded', 'no SunSpec marker at holding register 40000, 0 or 50000'],
  ])
  expect(link.status().devices[0]?.flaw).toContain('no SunSpec marker')
  stranger.set(40_000, 0x5375)
  await intake.until(() => told().length === 3)
  expect(told().at(-1)).toEqual(['online', 'it can be read as it is configured'])
})
