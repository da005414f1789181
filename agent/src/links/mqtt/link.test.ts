import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import { Aedes, type AedesOptions } from 'aedes'
import { seededRandom } from '@lineside/contract/testing'
import { expect, test } from 'vitest'
import type { MqttLinkConfig } from '../../config/types.ts'
import { MqttLink } from './link.ts'
import { testContext, testDevice, TestIntake } from '../testing.ts'
import { testMqttProfile } from './testing.ts'
import { TestServer } from '../channel/testing.ts'

/** A broker that knows MQTT 3.1.1 alone and keeps sessions in memory, over breaks of its server too. */
class TestBroker implements AsyncDisposable {
  readonly aedes: Aedes
  readonly sockets = new Set<Socket>()
  readonly subscriptions: string[] = []
  #server: Server | undefined
  port = 0

  constructor(options: AedesOptions = {}) {
    this.aedes = new Aedes(options)
    this.aedes.on('subscribe', list => this.subscriptions.push(...list.map(one => one.topic)))
  }

  async listen(): Promise<this> {
    if (this.port === 0) await this.aedes.listen()
    this.#server = createServer(socket => {
      this.sockets.add(socket)
      socket.on('close', () => this.sockets.delete(socket))
      this.aedes.handle(socket)
    })
    this.#server.listen(this.port, '127.0.0.1')
    await once(this.#server, 'listening')
    const address = this.#server.address()
    if (address && typeof address === 'object') this.port = address.port
    return this
  }

  publish(topic: string, payload: string, more: { qos?: 0 | 1; retain?: boolean } = {}): Promise<void> {
    const { qos = 1, retain = false } = more
    return new Promise((resolve, reject) => {
      this.aedes.publish({ cmd: 'publish', topic, payload, qos, retain, dup: false }, error =>
        error ? reject(error) : resolve(),
      )
    })
  }

  cut(): void {
    for (const socket of this.sockets) socket.destroy()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await new Promise<void>(resolve => this.aedes.close(resolve))
    this.cut()
    this.#server?.close()
  }
}

function linkConfig(port: number, more: Partial<MqttLinkConfig> = {}): MqttLinkConfig {
  return {
    kind: 'mqtt',
    name: 'plant',
    host: '127.0.0.1',
    port,
    clientId: 'gateway-1',
    version: 5,
    keepAliveMs: 30_000,
    connectTimeoutMs: 2000,
    sessionExpiryMs: 60_000,
    maxPacketBytes: 2000,
    maxUnacknowledged: 100,
    ...more,
  }
}

async function start(broker: { readonly port: number }, more: Partial<MqttLinkConfig> = {}, silentAfterMs?: number) {
  // A back-off of half a second at first: the rule itself has its own tests.
  const context = { ...testContext(new TestIntake()), random: seededRandom(3) }
  const device = testDevice('d', testMqttProfile(), {
    topic: 'plant/d',
    ...(silentAfterMs !== undefined && { silentAfterMs }),
  })
  const link = new MqttLink(linkConfig(broker.port, more), [device], context)
  await link.start()
  const { intake } = context
  const online = () => intake.states.filter(s => s.scope === 'link' && s.state === 'online').length
  return {
    link,
    intake,
    online,
    until: (condition: () => boolean) => intake.until(condition),
    [Symbol.asyncDispose]() {
      for (const settle of intake.settles) settle()
      return link.stop()
    },
  }
}

const acked = (broker: TestBroker) => {
  const ids: number[] = []
  broker.aedes.on('ack', packet => void ('messageId' in packet && ids.push(packet.messageId)))
  return ids
}

test('a broker that refuses MQTT 5 is spoken to in 3.1.1, and its messages become samples', async () => {
  await using broker = await new TestBroker().listen()
  await using plant = await start(broker)
  await plant.until(() => plant.online() === 1)
  await broker.publish('plant/d/state', '{"a": 1.5, "b": 2}')
  await plant.until(() => plant.intake.samples.length === 1)
  expect(plant.intake.samples[0]).toMatchObject({ device: 'd', values: { a: 1.5, b: 2 } })
  expect(broker.subscriptions.toSorted()).toEqual(['plant/d/available', 'plant/d/state'])
  expect(plant.link.status()).toMatchObject({ kind: 'mqtt', state: 'online', devices: [{ state: 'online' }] })
})

test('a message that is no JSON is counted, and the next one is taken', async () => {
  await using broker = await new TestBroker().listen()
  await using plant = await start(broker)
  await plant.until(() => plant.online() === 1)
  await broker.publish('plant/d/state', '{"a": NaN}')
  await broker.publish('plant/d/state', '{"a": 1.5, "b')
  await broker.publish('plant/d/state', '{"a": 1.5}')
  await plant.until(() => plant.intake.samples.length === 1)
  expect(plant.link.status().devices).toMatchObject([
    { state: 'online', lastError: expect.stringContaining('is not JSON'), counters: { polls: 1, failed: 2 } },
  ])
})

test('many messages are taken in before the first is stored, and acknowledged in order after the commit', async () => {
  await using broker = await new TestBroker().listen()
  const ids = acked(broker)
  await using plant = await start(broker)
  await plant.until(() => plant.online() === 1)
  for (let a = 0; a < 12; a++) await broker.publish('plant/d/state', JSON.stringify({ a }))
  await plant.until(() => plant.intake.settles.length === 12)
  expect(plant.link.status().levels).toMatchObject({ waiting: 12 })
  expect(ids).toEqual([])
  await plant.until(() => plant.intake.hurried > 0)
  for (const settle of plant.intake.settles.toReversed()) settle()
  await new Promise<void>(resolve => broker.aedes.on('ack', () => ids.length === 12 && resolve()))
  expect(ids).toEqual(ids.toSorted((a, b) => a - b))
  expect(plant.link.status().levels).toMatchObject({ waiting: 0 })
})

test('an acknowledgement whose connection is over goes nowhere', async () => {
  await using broker = await new TestBroker().listen()
  const ids = acked(broker)
  await using plant = await start(broker)
  await plant.until(() => plant.online() === 1)
  await broker.publish('plant/d/state', '{"a": 1}')
  await plant.until(() => plant.intake.settles.length === 1)
  broker.cut()
  // This broker sends again under a new id.
  await plant.until(() => plant.intake.settles.length === 2)
  plant.intake.settles[0]?.()
  await broker.publish('plant/d/state', '{"a": 2}', { qos: 0 })
  await plant.until(() => plant.intake.samples.length === 3)
  expect(ids).toEqual([])
  const last = new Promise<void>(resolve => broker.aedes.once('ack', () => resolve()))
  plant.intake.settles[1]?.()
  await last
  expect(plant.link.status().counters).toMatchObject({ losses: 1, connects: 2 })
})

test('a message that can not be stored ends the connection, and comes again', async () => {
  await using broker = await new TestBroker().listen()
  await using plant = await start(broker)
  await plant.until(() => plant.online() === 1)
  await broker.publish('plant/d/state', '{"a": 1}')
  await plant.until(() => plant.intake.settles.length === 1)
  plant.intake.settles[0]?.(new Error('disk full'))
  await plant.until(() => plant.intake.samples.length === 2)
  expect(plant.intake.states).toContainEqual(
    expect.objectContaining({ state: 'offline', reason: 'a message could not be stored: disk full' }),
  )
  for (const settle of plant.intake.settles.slice(1)) settle()
})

test('while as many messages wait as may, no more are read', async () => {
  await using broker = await new TestBroker().listen()
  await using plant = await start(broker, { maxUnacknowledged: 3 })
  await plant.until(() => plant.online() === 1)
  for (let a = 0; a < 5; a++) await broker.publish('plant/d/state', JSON.stringify({ a }))
  await plant.until(() => plant.intake.hurried > 0)
  expect(plant.intake.samples).toHaveLength(3)
  plant.intake.settles[0]?.()
  await plant.until(() => plant.intake.samples.length === 4)
  for (const settle of plant.intake.settles) settle()
  await plant.until(() => plant.intake.samples.length === 5)
  for (const settle of plant.intake.settles) settle()
})

test('what the broker kept is uncertain, and no sign of life but for what the device says of itself', async () => {
  await using broker = await new TestBroker().listen()
  await broker.publish('plant/d/state', '{"a": 1}', { retain: true })
  await using plant = await start(broker)
  await plant.until(() => plant.intake.samples.length === 1)
  expect(plant.intake.keptBefore).toMatchObject([{ values: { a: 1 }, quality: { a: 'uncertain:retained' } }])
  expect(plant.link.status().devices).toMatchObject([{ state: 'starting' }])
  await broker.publish('plant/d/state', '{"a": 2}', { qos: 0 })
  await plant.until(() => plant.intake.samples.length === 2)
  expect(plant.intake.samples[1]?.quality).toBe(undefined)
  expect(plant.link.status()).toMatchObject({ counters: { retained: 1 }, devices: [{ state: 'online' }] })
})

test('a last will turns the device offline, also where it was spoken while the agent was away', async () => {
  await using broker = await new TestBroker().listen()
  await using plant = await start(broker)
  await plant.until(() => plant.online() === 1)
  await broker.publish('plant/d/available', 'online', { retain: true })
  await plant.until(() => plant.intake.states.some(s => s.name === 'd' && s.state === 'online'))
  broker.cut()
  await broker.publish('plant/d/available', 'offline', { qos: 0, retain: true })
  await plant.until(() => plant.intake.states.some(s => s.name === 'd' && s.state === 'offline'))
  expect(plant.intake.samples.at(-1)?.quality).toEqual({ a: 'bad:communication', b: 'bad:communication' })
})

test('a device without a will is stale when it was not heard for as long as it may be silent', async () => {
  await using broker = await new TestBroker().listen()
  await using plant = await start(broker, {}, 50)
  await plant.until(() => plant.intake.states.some(s => s.name === 'd' && s.state === 'offline'))
  expect(plant.link.status().devices).toMatchObject([
    { state: 'offline', lastError: expect.stringMatching(/^stale: no message/) },
  ])
})

test('a subscription that the broker refuses is told, and takes only its devices out', async () => {
  await using broker = await new TestBroker({
    authorizeSubscribe: (_client, subscription, done) =>
      done(null, subscription.topic === 'plant/d/state' ? null : subscription),
  }).listen()
  await using plant = await start(broker)
  await plant.until(() => plant.intake.states.some(s => s.name === 'd' && s.state === 'offline'))
  expect(plant.link.status()).toMatchObject({
    state: 'online',
    text: 'the broker refuses the subscription to plant/d/state: unspecified error',
    counters: { subscriptionsRefused: 1 },
  })
})

test('refused credentials and a broker that is not there are told, and tried again', async () => {
  await using broker = await new TestBroker({
    authenticate: (_client, _name, _password, done) => done(null, false),
  }).listen()
  await using plant = await start(broker)
  await plant.until(() => plant.intake.states.length > 0)
  expect(plant.link.status()).toMatchObject({ state: 'offline', text: 'the broker refuses: not authorized' })
  await broker[Symbol.asyncDispose]()
  await using other = await start(broker)
  await other.until(() => other.intake.states.length > 0)
  expect(other.link.status().text).toMatch(/^connection refused by 127\.0\.0\.1:\d+$/)
})

test('a packet over the limit ends the connection before it is held', async () => {
  await using broker = await new TestBroker().listen()
  await using plant = await start(broker)
  await plant.until(() => plant.online() === 1)
  await broker.publish('plant/d/state', JSON.stringify({ a: 1, b: 'x'.repeat(3000) }), { qos: 0 })
  await plant.until(() => plant.intake.states.some(s => s.state === 'offline'))
  expect(plant.link.status()).toMatchObject({
    text: expect.stringMatching(/sent a packet of more than 2000 bytes; see max_packet$/),
    counters: { packetsTooLarge: 1 },
  })
})

test('a broker that sends what is no MQTT is left, and tried again', async () => {
  await using server = await new TestServer(socket => {
    socket.once('data', () => {
      // CONNACK of MQTT 5, and a packet of type 0, which there is not.
      socket.write(Uint8Array.of(0x20, 3, 0, 0, 0, 0x00, 1, 0xff))
    })
  }).listen()
  await using plant = await start({ port: server.port })
  await plant.until(() => plant.intake.states.some(s => s.scope === 'link' && s.state === 'offline'))
  expect(plant.link.status().text).toMatch(/not supported/i)
  await new Promise<void>(resolve => {
    const look = () => (server.accepted > 1 ? resolve() : setImmediate(look))
    look()
  })
})

test('what the agent publishes while the broker is away arrives when it is back, the newest of each topic', async () => {
  await using broker = new TestBroker()
  await broker.listen()
  await using plant = await start(broker)
  const first = plant.link.publish('alarms/d/hot', 'raised', { retain: true, qos: 1 })
  const second = plant.link.publish('alarms/d/hot', 'cleared', { retain: true, qos: 1 })
  const lost = plant.link.publish('events', 'x')
  const seen: string[] = []
  broker.aedes.on('publish', packet => {
    if (packet.topic === 'alarms/d/hot') seen.push(String(packet.payload))
  })
  expect(await Promise.all([first, second])).toEqual([{ ok: true }, { ok: true }])
  expect(await lost).toMatchObject({ ok: false })
  expect(seen).toEqual(['cleared'])
  expect(await plant.link.publish('alarms/d/hot', 'again', { qos: 1 })).toEqual({ ok: true })
})

test('the end waits for what is not committed, acknowledges it, and leaves the session with the broker', async () => {
  await using broker = await new TestBroker().listen()
  const ids = acked(broker)
  const plant = await start(broker)
  await plant.until(() => plant.online() === 1)
  await broker.publish('plant/d/state', '{"a": 1}')
  await plant.until(() => plant.intake.settles.length === 1)
  const stopped = plant.link.stop()
  plant.intake.settles[0]?.()
  await stopped
  expect(ids).toHaveLength(1)
  await broker.publish('plant/d/state', '{"a": 2}')
  await using next = await start(broker)
  await next.until(() => next.intake.samples.length === 1)
  expect(next.intake.samples[0]?.values).toEqual({ a: 2 })
  for (const settle of next.intake.settles) settle()
})
