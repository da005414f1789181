import { FakeClock, seededRandom } from '@lineside/contract/testing'
import { pino } from 'pino'
import { expect, test } from 'vitest'
import { lineBudget } from '../../budget/line-budget.ts'
import type { ModbusRtuLinkConfig } from '../../config/types.ts'
import { Poller } from '../../poll/poller.ts'
import type { ChannelPlace } from '../channel/byte-stream.ts'
import { createModbusDevice } from './device.ts'
import type { ModbusConnection } from './result.ts'
import { ModbusRtuConnection } from './rtu-connection.ts'
import { ModbusTcpConnection } from './tcp-connection.ts'
import { byteMs, interFrameSilenceMs } from '../channel/serial-timing.ts'
import { busGateway, busPort } from './slow-line.testdata.ts'
import { testDevice, TestIntake } from '../testing.ts'
import { testModbusProfile } from './testing.ts'

const timeoutMs = 1000
const port = { path: '/dev/ttyUSB0', baud: 9600, dataBits: 8, parity: 'none', stopBits: 1 } as const
const link: ModbusRtuLinkConfig = {
  kind: 'modbus_rtu',
  name: 'line',
  port,
  timeoutMs,
  requestGapMs: 0,
  connectDelayMs: 0,
}
/** 1.04; in whole ms, for this clock stands still while a connection waits for less. */
const wholeByteMs = Math.floor(byteMs(port))
/** Ten registers in one request. */
const tenTogether = testModbusProfile(Object.fromEntries(Array.from({ length: 10 }, (_, i) => [`r${i}`, i])))
/** One register in each of two requests. */
const twoApart = testModbusProfile({ r0: 0, r9: 9 }, 0)

/** Ten units on a bus of 9,600 baud, polled by the real connection, devices and poller. */
function setUp(
  everyMs: number,
  connect: (place: Places, clock: FakeClock) => ModbusConnection,
  { profile = tenTogether, dead = new Set<number>(), halfDead = new Map<number, number>() } = {},
) {
  const clock = new FakeClock()
  const intake = new TestIntake()
  const bus = { clock, byteMs: wholeByteMs, answerMs: 10, dead, halfDead }
  const context = {
    clock,
    random: seededRandom(4),
    log: pino({ enabled: false }),
    intake,
  }
  const places: Places = {
    port: busPort(bus),
    gateway: says => busGateway(bus, timeoutMs, says),
  }
  const transport = connect(places, clock)
  const configs = Array.from({ length: 10 }, (_, i) => testDevice(`u${i + 1}`, profile, { unitId: i + 1, everyMs }))
  const devices = configs.map(config =>
    createModbusDevice({ config, profile, transport, gapMs: 0, inFlight: 1, clock, random: context.random }),
  )
  const poller = new Poller(context, devices, 1)
  transport.start()
  poller.start()
  const good = (name: string) => intake.samples.filter(sample => sample.device === name && !sample.quality).length
  const stop = async () => {
    const stopped = poller.stop()
    await clock.advance(2 * timeoutMs)
    await stopped
    transport.close()
  }
  return { clock, dead, configs, poller, good, stop }
}

interface Places {
  readonly port: ChannelPlace
  readonly gateway: (says: 'nothing' | 'exception') => ChannelPlace
}

const rtu = ({ port: place }: Places, clock: FakeClock) =>
  new ModbusRtuConnection({
    place,
    timeoutMs,
    connectTimeoutMs: timeoutMs,
    silenceMs: Math.ceil(interFrameSilenceMs(port.baud)),
    connectDelayMs: 0,
    byteMs: wholeByteMs,
    clock,
    random: seededRandom(1),
    changed() {},
    opened() {},
  })

const tcp =
  (says: 'nothing' | 'exception') =>
  ({ gateway }: Places, clock: FakeClock) =>
    new ModbusTcpConnection({
      place: gateway(says),
      timeoutMs,
      connectTimeoutMs: timeoutMs,
      maxInFlight: 1,
      clock,
      random: seededRandom(1),
      changed() {},
      opened() {},
    })

test.each([
  { what: 'a serial line', connect: rtu },
  { what: 'a gateway that says nothing of the dead unit', connect: tcp('nothing') },
  { what: 'a gateway that says that the unit is dead', connect: tcp('exception') },
])('with 1 of 10 units dead at 9,600 baud the other nine keep 95 % of their polls: $what', async ({ connect }) => {
  const everyMs = 1000
  const { clock, dead, good, poller, stop } = setUp(everyMs, connect)
  await clock.advance(30_000)
  const names = Array.from({ length: 9 }, (_, i) => `u${i + 1}`)
  dead.add(10)
  const before = new Map(names.map(name => [name, good(name)]))
  const spanMs = 600_000
  await clock.advance(spanMs)
  for (const name of names) {
    expect(good(name) - (before.get(name) ?? 0)).toBeGreaterThanOrEqual((0.95 * spanMs) / everyMs)
  }
  expect(poller.devices().at(-1)).toMatchObject({ state: 'offline' })
  const gone = good('u10')
  dead.clear()
  await clock.advance(90_000)
  expect(poller.devices().at(-1)).toMatchObject({ state: 'online' })
  expect(good('u10')).toBeGreaterThan(gone)
  await stop()
})

test.each([
  { what: 'dead from the start on', dead: [5], halfDead: [] },
  { what: 'answers one read from the start on and never the other', dead: [], halfDead: [[5, 9]] as const },
  { what: 'answers one read from the start on and never the one before', dead: [], halfDead: [[5, 0]] as const },
])('a unit that $what leaves the others 95 % of their polls in the first minute too', async ({ dead, halfDead }) => {
  const units = { profile: twoApart, dead: new Set(dead), halfDead: new Map(halfDead) }
  const { clock, poller, good, stop } = setUp(1000, rtu, units)
  await clock.advance(63_000)
  for (const { name, counters } of poller.devices()) {
    if (name === 'u5') continue
    expect(good(name)).toBeGreaterThanOrEqual(0.95 * 63)
    expect(counters.missed).toBeLessThanOrEqual(3)
  }
  const ofFifth = poller.use()?.devices.find(({ device }) => device === 'u5')?.busy.lastMinute
  expect(ofFifth).toBeLessThan(0.06)
  await stop()
})

test('the load that is computed of a line is the load that is measured on it', async () => {
  for (const everyMs of [600, 1000, 5000]) {
    const { clock, configs, poller, stop } = setUp(everyMs, rtu)
    await clock.advance(5 * 60_000)
    const computed = lineBudget(link, configs)?.load ?? 0
    const last15Minutes = poller.use()?.busy.last15Minutes ?? Number.NaN
    expect(last15Minutes / computed).toBeGreaterThan(0.9)
    expect(last15Minutes / computed).toBeLessThan(1.1)
    await stop()
  }
})

test('a line that is asked for more than it can carry is busy all the time, and shows what it achieves', async () => {
  const { clock, configs, poller, stop } = setUp(250, rtu)
  expect(lineBudget(link, configs)?.load).toBeGreaterThan(1.8)
  await clock.advance(5 * 60_000)
  const { busy, devices } = poller.use() ?? expect.fail('nothing is polled on the line')
  expect(busy.lastMinute).toBeGreaterThan(0.99)
  for (const device of devices) {
    expect(device.wantedMs).toBe(250)
    expect(device.medianMs).toBeGreaterThanOrEqual(450)
    expect(device.busy.last15Minutes).toBeCloseTo(0.1, 1)
  }
  await stop()
})
