import { decodeRequest, encodeException, encodeMbap, encodeResponse, MbapReader } from '@lineside/device-profiles'
import { expect, test } from 'vitest'
import { ModbusLink } from './link.ts'
import { testContext, testDevice } from '../testing.ts'
import { testModbusProfile } from './testing.ts'
import { TestServer } from '../channel/testing.ts'

/** A gateway: each register holds unit × 256 + address. Units in `dead` say nothing. */
function gateway(dead: ReadonlySet<number>): TestServer {
  return new TestServer(socket => {
    const reader = new MbapReader()
    socket.on('data', chunk => {
      for (const { transaction, unitId, pdu } of reader.push(chunk).frames) {
        const request = decodeRequest(pdu)
        if (request.kind !== 'read' || dead.has(unitId)) continue
        const { address, count } = request.read
        const data = new Uint8Array(count * 2)
        for (let i = 0; i < count; i++) data.set([unitId, address + i], i * 2)
        socket.write(encodeMbap(transaction, unitId, encodeResponse(3, data)))
      }
    })
  })
}

const profile = testModbusProfile({ a: 1, b: 7 })
const config = (port: number) =>
  ({
    kind: 'modbus_tcp',
    name: 'line',
    host: '127.0.0.1',
    port,
    timeoutMs: 30,
    requestGapMs: 0,
    maxInFlight: 1,
  }) as const

test('several units behind one gateway are read while one of them is silent, and its points turn bad', async () => {
  await using server = await gateway(new Set([2])).listen()
  const context = testContext()
  const { intake } = context
  const devices = [1, 2, 3].map(unitId => testDevice(`u${unitId}`, profile, { unitId }))
  await using link = new ModbusLink(config(server.port), devices, context)
  await link.start()
  const good = (name: string) => intake.samples.filter(s => s.device === name && !s.quality)
  await intake.until(
    () => good('u1').length >= 10 && good('u3').length >= 10 && intake.states.some(s => s.state === 'offline'),
  )
  for (const name of ['u1', 'u3']) {
    const unit = Number(name.slice(1))
    for (const sample of good(name)) expect(sample.values).toEqual({ a: unit * 256 + 1, b: unit * 256 + 7 })
  }
  expect(intake.samples.filter(s => s.device === 'u2').at(-1)).toMatchObject({
    values: {},
    quality: { a: 'bad:communication', b: 'bad:communication' },
  })
  expect(intake.states.find(s => s.state === 'offline')).toMatchObject({ scope: 'device', name: 'u2' })
  expect(server.accepted).toBe(1)
  expect(link.status()).toMatchObject({
    name: 'line',
    state: 'online',
    devices: [{ state: 'online' }, { state: 'offline' }, {}],
  })
})

test('devices come back when their server does, on the same link', async () => {
  const first = await gateway(new Set()).listen()
  const context = testContext()
  const { intake } = context
  await using link = new ModbusLink(config(first.port), [testDevice('u1', profile)], context)
  await link.start()
  const told = () => intake.states.map(s => `${s.scope} ${s.state}`)
  await intake.until(() => told().includes('device online'))
  await first[Symbol.asyncDispose]()
  await intake.until(() => told().includes('device offline'))
  const before = intake.samples.length
  await using second = await gateway(new Set()).listen(first.port)
  await intake.until(() => intake.samples.slice(before).some(s => !s.quality))
  expect(told()).toEqual([
    'link online',
    'device online',
    'link offline',
    'device offline',
    'link online',
    'device online',
  ])
  expect(second.accepted).toBeGreaterThanOrEqual(1)
})

test('a device with another protocol takes out itself alone', async () => {
  await using server = await gateway(new Set()).listen()
  const context = testContext()
  const { intake } = context
  const stranger = testDevice('stranger', {
    ...profile,
    protocol: 'mqtt',
    topic: { description: '', example: '' },
    messages: new Map(),
    points: new Map(),
    tests: [],
  })
  await using link = new ModbusLink(config(server.port), [stranger, testDevice('u1', profile)], context)
  await link.start()
  await intake.until(() => intake.samples.length > 0)
  expect(intake.states).toContainEqual(expect.objectContaining({ name: 'stranger', state: 'misconfigured' }))
  expect(intake.samples[0]?.device).toBe('u1')
})

test('stopping ends within the time-out of a peer that says nothing', async () => {
  await using server = await gateway(new Set([1])).listen()
  const context = testContext()
  const link = new ModbusLink({ ...config(server.port), timeoutMs: 200 }, [testDevice('u1', profile)], context)
  await link.start()
  await link.stop()
  expect(context.intake.samples).toEqual([])
})

test('a device that refused everything gives everything at once when it is well, also what is due much later', async () => {
  let isWell = false
  let refusals = 0
  await using server = await new TestServer(socket => {
    const reader = new MbapReader()
    socket.on('data', chunk => {
      for (const { transaction, unitId, pdu } of reader.push(chunk).frames) {
        const request = decodeRequest(pdu)
        if (request.kind !== 'read') continue
        if (!isWell) refusals++
        const { count } = request.read
        const reply = isWell ? encodeResponse(3, new Uint8Array(count * 2)) : encodeException(3, 2)
        socket.write(encodeMbap(transaction, unitId, reply))
      }
    })
  }).listen()
  const context = testContext()
  const { intake } = context
  const wide = testModbusProfile({ a: 1, b: 2, hourly: 300 })
  const device = testDevice('d', wide, { unitId: 1 })
  const points = new Map(device.points)
  const hourly = points.get('hourly')
  if (hourly) points.set('hourly', { ...hourly, everyMs: 3_600_000 })
  await using link = new ModbusLink(config(server.port), [{ ...device, points }], context)
  await link.start()
  await intake.until(() => refusals > 12)
  isWell = true
  await intake.until(() => ['a', 'b', 'hourly'].every(name => intake.samples.some(({ values }) => name in values)))
  expect(link.status().devices[0]?.refused).toBeUndefined()
})
