import { systemClock } from '@lineside/contract'
import { seededRandom } from '@lineside/contract/testing'
import { decodeRequest, encodeException, encodeMbap, encodeResponse, MbapReader } from '@lineside/device-profiles'
import { pino } from 'pino'
import { expect, test } from 'vitest'
import type { AgentConfig, DeviceConfig, LinkConfig } from '../config/types.ts'
import { testBrokerLimits } from '../links/broker/testing.ts'
import { testDevice } from '../links/testing.ts'
import { testModbusProfile } from '../links/modbus/testing.ts'
import { testMqttProfile } from '../links/mqtt/testing.ts'
import { testSerialProfile } from '../links/serial/testing.ts'
import { TestServer } from '../links/channel/testing.ts'
import { sunspecProfile, SunspecUnit } from '../links/sunspec/unit.testdata.ts'
import { readEach, type ReadEachOptions } from './read-each.ts'

/** Units 1 and 2 hold 7 in every register, unit 2 refuses register 9; the others are silent. */
function modbusServer(): Promise<TestServer> {
  return new TestServer(socket => {
    const reader = new MbapReader()
    socket.on('data', chunk => {
      for (const { transaction, unitId, pdu } of reader.push(chunk).frames) {
        const request = decodeRequest(pdu)
        if (request.kind !== 'read' || unitId > 2) continue
        const { address, count } = request.read
        const isRefused = unitId === 2 && address <= 9 && address + count > 9
        const data = Uint8Array.from({ length: count * 2 }, (_, n) => (n % 2) * 7)
        socket.write(encodeMbap(transaction, unitId, isRefused ? encodeException(3, 2) : encodeResponse(3, data)))
      }
    })
  }).listen()
}

function read(links: readonly LinkConfig[], devices: readonly DeviceConfig[], more: Partial<ReadEachOptions> = {}) {
  const config: AgentConfig = {
    gateway: 'g',
    timezone: 'UTC',
    storage: { path: '/nowhere', maxSizeBytes: 1e9, minFreeBytes: 0, commitEveryMs: 1000 },
    links: new Map(links.map(link => [link.name, link])),
    devices: new Map(devices.map(device => [device.name, device])),
    notify: new Map(),
    page: { host: '127.0.0.1', port: 0 },
  }
  return readEach({
    config,
    clock: systemClock,
    random: seededRandom(2),
    log: pino({ enabled: false }),
    signal: new AbortController().signal,
    waitMs: 50,
    begin: () => {},
    ...more,
  })
}

function modbus(name: string, port: number): LinkConfig {
  const pace = { timeoutMs: 60, requestGapMs: 0, maxInFlight: 1 }
  return { kind: 'modbus_tcp', name, host: '127.0.0.1', port, ...pace }
}
const serial = (name: string, port: number): LinkConfig => ({
  kind: 'serial_tcp',
  name,
  host: '127.0.0.1',
  port,
  timeoutMs: 50,
})
const talker = (name: string) => testDevice(name, testSerialProfile(false), { link: name })
const onLine = (name: string, link: string, unitId: number) =>
  testDevice(name, testModbusProfile({ a: 0, b: 9 }), { link, unitId })

test('each device is read once, in the order of the configuration, with what is wrong with its points', async () => {
  await using server = await modbusServer()
  const devices = [onLine('well', 'hall', 1), onLine('silent', 'hall', 3), onLine('partly', 'hall', 2)]
  const [well, silent, partly] = await read([modbus('hall', server.port)], devices)
  expect(well).toMatchObject({ device: 'well', points: ['a', 'b'], read: { values: { a: 7, b: 7 }, quality: {} } })
  expect(well?.reason).toBeUndefined()
  expect(silent).toMatchObject({
    device: 'silent',
    read: { values: {}, quality: { a: 'bad:communication', b: 'bad:communication' } },
    reason: expect.stringContaining('no answer from unit 3'),
  })
  expect(partly).toMatchObject({ read: { values: { a: 7 }, quality: { b: 'bad:refused' } } })
  expect(partly?.reason).toContain('illegal data address')
  expect(server.accepted).toBe(1)
})

test('of a SunSpec device only what it has is expected', async () => {
  const unit = new SunspecUnit({ models: [1] })
  unit.put('manufacturer', 'Acme')
  await using server = await new TestServer(socket => {
    const reader = new MbapReader()
    socket.on('data', chunk => {
      for (const { transaction, unitId, pdu } of reader.push(chunk).frames) {
        socket.write(encodeMbap(transaction, unitId, unit.pdu(pdu)))
      }
    })
  }).listen()
  const [inverter] = await read(
    [modbus('hall', server.port)],
    [testDevice('inverter', sunspecProfile, { link: 'hall' })],
  )
  expect(inverter?.points).toEqual(['manufacturer', 'device_model', 'firmware_version', 'serial_number'])
  expect(inverter?.read?.values).toEqual({ manufacturer: 'Acme' })
})

test('a line that can not be had costs the others nothing', async () => {
  await using server = await modbusServer()
  const gone = await modbusServer()
  await gone[Symbol.asyncDispose]()
  const links = [modbus('gone', gone.port), modbus('hall', server.port)]
  const [first, second] = await read(links, [onLine('a', 'gone', 1), onLine('b', 'hall', 1)])
  expect(first).toMatchObject({ device: 'a', reason: expect.stringContaining('connection refused') })
  expect(second?.read?.values).toEqual({ a: 7, b: 7 })
})

test('a device that speaks by itself is listened to, one at the embedded broker is left to the agent', async () => {
  await using server = await new TestServer(socket => void socket.write('W 12.5\r\n')).listen()
  const place = { host: '127.0.0.1', port: 0 }
  const broker: LinkConfig = { kind: 'broker', name: 'sensors', ...place, users: new Map(), limits: testBrokerLimits }
  const devices = [talker('scale'), testDevice('plug', testMqttProfile(), { link: 'sensors', topic: 'plug' })]
  const [scale, plug] = await read([serial('scale', server.port), broker], devices)
  expect(scale).toMatchObject({ verdict: 'silent', read: { values: { weight: 12.5 } } })
  expect(scale?.reason).toBe('connected, nothing of temperature within 0.05 s')
  expect(plug).toMatchObject({ verdict: 'unread', read: undefined, reason: expect.stringContaining('start the agent') })
})

test('a serial line that is silent is silent, one that is not there is bad', async () => {
  await using server = await new TestServer(() => {}).listen()
  const gone = await new TestServer(() => {}).listen()
  await gone[Symbol.asyncDispose]()
  const links = [serial('quiet', server.port), serial('gone', gone.port)]
  const [quiet, lost] = await read(links, [talker('quiet'), talker('gone')])
  expect(quiet).toMatchObject({ verdict: 'silent', reason: 'no message within 0.05 s' })
  expect(lost).toMatchObject({ verdict: 'bad', reason: expect.stringContaining('connection refused') })
})

test('ended early it gives what was read so far', async () => {
  await using server = await modbusServer()
  const ended = new AbortController()
  const begun: string[] = []
  const begin = (device: string) => {
    begun.push(device)
    if (device === 'b') ended.abort()
  }
  const devices = [onLine('a', 'hall', 1), onLine('b', 'hall', 3), onLine('c', 'hall', 1)]
  const results = await read([modbus('hall', server.port)], devices, { signal: ended.signal, begin })
  expect(begun).toEqual(['a', 'b'])
  expect(results[0]?.read?.values).toEqual({ a: 7, b: 7 })
})
