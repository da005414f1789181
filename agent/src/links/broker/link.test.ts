import { once } from 'node:events'
import { createConnection } from 'node:net'
import { Secret } from '@lineside/settings'
import mqtt, { type MqttClient } from 'mqtt'
import { pino } from 'pino'
import { expect, test } from 'vitest'
import { BrokerLink } from './link.ts'
import { type BrokerLimits, fixedBrokerLimits } from './limits.ts'
import { testBrokerLimits } from './testing.ts'
import { testContext, testDevice, TestIntake } from '../testing.ts'
import { testMqttProfile } from '../mqtt/testing.ts'

const users = new Map([
  ['plug', { password: new Secret('secret'), publish: ['plant/#'], subscribe: [] }],
  ['panel', { password: new Secret('other'), publish: [], subscribe: ['plant/#', 'alarms/#'] }],
])

const usual: BrokerLimits = { ...fixedBrokerLimits, ...testBrokerLimits }

async function start(changed: Partial<BrokerLimits> = {}, intake = new TestIntake()) {
  const lines: Record<string, unknown>[] = []
  const log = pino({ base: null }, { write: line => void lines.push(JSON.parse(line)) })
  const context = { ...testContext(intake), log }
  const limits = { ...usual, ...changed }
  const config = { kind: 'broker', name: 'sensors', host: '127.0.0.1', port: 0, users, limits } as const
  const device = testDevice('d', testMqttProfile(), { topic: 'plant/d' })
  const link = new BrokerLink(config, [device], context, limits)
  await link.start()
  const clients: MqttClient[] = []
  const connect = (username?: string, password?: string, more: mqtt.IClientOptions = {}) => {
    const login = { ...(username !== undefined && { username }), ...(password !== undefined && { password }) }
    const client = mqtt.connect(`mqtt://127.0.0.1:${link.port}`, { reconnectPeriod: 0, ...login, ...more })
    client.on('error', () => {})
    clients.push(client)
    return client
  }
  const connected = async (username: string, password: string, more: mqtt.IClientOptions = {}) => {
    const client = connect(username, password, more)
    await event(client, 'connect')
    return client
  }
  return {
    intake,
    link,
    /** What the log has of refusals. */
    refusals: () => lines.filter(({ msg }) => msg === 'broker refused a client'),
    connect,
    plug: (more: mqtt.IClientOptions = {}) => connected('plug', 'secret', more),
    panel: () => connected('panel', 'other'),
    async [Symbol.asyncDispose]() {
      for (const client of clients) client.end(true)
      await link.stop()
    },
  }
}

function event(
  client: MqttClient,
  name: 'connect' | 'close' | 'error' | 'message' | 'packetreceive',
): Promise<unknown[]> {
  return new Promise(resolve => void client.once(name, (...args: unknown[]) => resolve(args)))
}

/** Lets the broker work off what it has been sent. */
const roundTrip = async (client: MqttClient) => {
  client.stream.write(Uint8Array.of(0xc0, 0))
  await event(client, 'packetreceive')
}

test('a message becomes a sample of the device whose topic it is on', async () => {
  await using broker = await start()
  const { intake, link } = broker
  const plug = await broker.plug()
  plug.publish('plant/d/state', '{"a": 1.5, "b": 2}')
  await intake.until(() => intake.samples.length === 1)
  expect(intake.samples[0]).toMatchObject({ device: 'd', values: { a: 1.5, b: 2 } })
  expect(intake.states).toEqual([
    { scope: 'link', name: 'sensors', state: 'online' },
    { scope: 'device', name: 'd', state: 'online' },
  ])
  expect(link.status()).toMatchObject({
    counters: { messages: 1 },
    levels: { clients: 1 },
    devices: [{ name: 'd', state: 'online' }],
  })
})

test('a QoS 1 message is acknowledged when its sample is committed, not before', async () => {
  await using broker = await start()
  const { intake } = broker
  const plug = await broker.plug()
  let acknowledged = false
  const published = plug.publishAsync('plant/d/state', '{"a": 1}', { qos: 1 }).then(() => (acknowledged = true))
  await intake.until(() => intake.settles.length === 1)
  const other = await broker.plug()
  await other.publishAsync('plant/nobody', 'x', { qos: 1 })
  expect(acknowledged).toBe(false)
  intake.settles[0]?.()
  await published
  expect(acknowledged).toBe(true)
})

test('a message whose commit failed is not acknowledged, and its client is disconnected', async () => {
  await using broker = await start()
  const { intake } = broker
  const plug = await broker.plug()
  const published = plug.publishAsync('plant/d/state', '{"a": 1}', { qos: 1 }).catch(() => 'not acknowledged')
  const closed = event(plug, 'close')
  await intake.until(() => intake.settles.length === 1)
  intake.settles[0]?.(new Error('disk full'))
  await closed
  plug.end(true)
  expect(await published).toBe('not acknowledged')
})

/** Gives every message the same id, as a client does that sends one again. */
const sameId = {
  allocate: () => 7,
  getLastAllocated: () => 7,
  register: () => true,
  deallocate: () => {},
  clear: () => {},
}

test('a message that is sent again on a new connection is stored once, and acknowledged when it is', async () => {
  await using broker = await start()
  const { intake } = broker
  const first = await broker.plug({ clientId: 'p', messageIdProvider: sameId })
  first.publish('plant/d/state', '{"a": 1}', { qos: 1 })
  await intake.until(() => intake.settles.length === 1)
  const closed = event(first, 'close')
  first.stream.destroy()
  await closed
  const second = await broker.plug({ clientId: 'p', messageIdProvider: sameId })
  const waiting = second.publishAsync('plant/d/state', '{"a": 1}', { qos: 1, dup: true })
  await roundTrip(second)
  intake.settles[0]?.()
  await waiting
  await second.publishAsync('plant/d/state', '{"a": 1}', { qos: 1, dup: true })
  expect(intake.samples).toHaveLength(1)
  expect(broker.link.status()).toMatchObject({ counters: { again: 2 }, levels: { waiting: 0 } })
})

test.each([
  ['no name', undefined, undefined, 'a login without a user name'],
  ['a wrong password', 'plug', 'guess', 'a login with a wrong password'],
  ['no password', 'plug', undefined, 'a login without a password'],
  ['a wrong name', 'root', 'secret', 'a login of a user that is not configured'],
])(
  'a client with %s is refused, and the log says so without the password',
  async (_name, username, password, reason) => {
    await using broker = await start()
    const client = broker.connect(username, password, { clientId: 'c' })
    const [error] = await event(client, 'error')
    expect(error).toMatchObject({ code: 5 })
    expect(broker.link.status().counters.loginsRefused).toBe(1)
    const whose = { ...(username !== undefined && { user: username }), client: 'c', address: '127.0.0.1' }
    expect(broker.refusals()).toEqual([expect.objectContaining({ link: 'sensors', reason, ...whose })])
    expect(JSON.stringify([broker.refusals(), broker.link.status()])).not.toMatch(/guess|secret/)
    expect(broker.link.status().refusals).toMatchObject({ count: 1, text: expect.stringContaining(reason) })
  },
)

test('a message on a topic that is not the user’s reaches nobody, and the client stays connected', async () => {
  await using broker = await start()
  const { intake } = broker
  const [panel, seen] = [await broker.panel(), [] as string[]]
  await panel.subscribeAsync('plant/#')
  panel.on('message', topic => void seen.push(topic))
  await panel.publishAsync('plant/d/state', '{"a": 1}', { qos: 1, retain: true })
  const plug = await broker.plug()
  await plug.publishAsync('plant/d/state', '{"a": 2}', { qos: 0 })
  await intake.until(() => intake.samples.length > 0)
  expect(intake.samples.map(s => s.values)).toEqual([{ a: 2 }])
  await roundTrip(panel)
  expect(seen).toEqual(['plant/d/state'])
  expect(broker.link.status().counters.publishesRefused).toBe(1)
  expect(broker.refusals()).toMatchObject([
    { reason: 'the user may not publish to this topic', user: 'panel', topic: 'plant/d/state' },
  ])
})

test('a subscription beyond the user’s filters is refused', async () => {
  await using broker = await start()
  const panel = await broker.panel()
  const granted = await Promise.all(
    ['plant/+/state', '#', '$SYS/#', 'other/x'].map(filter =>
      panel.subscribeAsync(filter).then(
        ([grant]) => grant?.qos,
        () => 'refused',
      ),
    ),
  )
  expect(granted).toEqual([0, 'refused', 'refused', 'refused'])
  expect(broker.refusals().map(({ topic }) => topic)).toEqual(['#', '$SYS/#', 'other/x'])
})

test('what the agent publishes reaches subscribers, also those that come later when it is retained', async () => {
  await using broker = await start()
  const { link } = broker
  expect(await link.publish('alarms/d/hot', 'raised', { retain: true, qos: 1 })).toEqual({ ok: true })
  const panel = await broker.panel()
  const message = event(panel, 'message')
  await panel.subscribeAsync('alarms/#')
  const [topic, payload] = await message
  expect([topic, String(payload)]).toEqual(['alarms/d/hot', 'raised'])
})

test('an availability topic and a last will turn the device offline, with all points bad, and online again', async () => {
  await using broker = await start()
  const { intake } = broker
  const will = { topic: 'plant/d/available', payload: Buffer.from('offline'), qos: 1 as const, retain: true }
  const plug = await broker.plug({ will })
  plug.publish('plant/d/available', 'online')
  await intake.until(() => intake.states.some(s => s.name === 'd' && s.state === 'online'))
  plug.stream.destroy()
  await intake.until(() => intake.states.some(s => s.name === 'd' && s.state === 'offline'))
  expect(intake.samples.at(-1)).toMatchObject({
    values: {},
    quality: { a: 'bad:communication', b: 'bad:communication' },
  })
  const again = await broker.plug()
  again.publish('plant/d/available', 'online')
  await intake.until(() => intake.states.at(-1)?.state === 'online')
})

test('a packet over the limit ends its connection and leaves the others alone', async () => {
  await using broker = await start({ packetBytes: 1000 })
  const { intake } = broker
  const [plug, other] = [await broker.plug(), await broker.plug()]
  const closed = event(plug, 'close')
  plug.publish('plant/d/state', Buffer.alloc(2000))
  await closed
  other.publish('plant/d/state', '{"a": 3}')
  await intake.until(() => intake.samples.length === 1)
  expect(broker.link.status().counters.packetsTooLarge).toBe(1)
  expect(broker.refusals()).toMatchObject([{ reason: 'a packet of more than 1000 bytes', address: '127.0.0.1' }])
})

test('more clients than the limit are closed at once, as is one that never says who it is', async () => {
  await using broker = await start({ clients: 1, connectTimeoutMs: 30 })
  const silent = createConnection({ port: broker.link.port, host: '127.0.0.1' })
  await once(silent, 'connect')
  const second = createConnection({ port: broker.link.port, host: '127.0.0.1' })
  second.on('error', () => {})
  await once(second.resume(), 'close')
  await once(silent.resume(), 'close')
  expect(broker.link.status().counters.clientsOverLimit).toBe(1)
  expect(broker.refusals()).toMatchObject([{ reason: 'more than 1 clients at a time', address: '127.0.0.1' }])
})

test('when too many messages wait for their commit the client is sent away with the next', async () => {
  await using broker = await start({ waiting: 2 })
  const plug = await broker.plug()
  const closed = event(plug, 'close')
  for (let a = 0; a < 3; a++) plug.publish('plant/d/state', JSON.stringify({ a }), { qos: 1 })
  await closed
  expect(broker.link.status().counters.overloads).toBe(1)
  for (const settle of broker.intake.settles) settle()
})

test('two users with the same client id do not push each other out', async () => {
  await using broker = await start()
  const plug = await broker.plug({ clientId: 'same' })
  const panel = broker.connect('panel', 'other', { clientId: 'same' })
  await event(panel, 'connect')
  await roundTrip(plug)
  expect(plug.connected && panel.connected).toBe(true)
})

test('a port that is taken is told, and the link can still be stopped', async () => {
  await using broker = await start()
  const context = testContext()
  const config = {
    kind: 'broker',
    name: 'second',
    host: '127.0.0.1',
    port: broker.link.port,
    users,
    limits: usual,
  } as const
  const second = new BrokerLink(config, [], context)
  await expect(second.start()).rejects.toThrow(/EADDRINUSE/)
  expect(second.status()).toMatchObject({ state: 'offline', text: expect.stringMatching(/address already in use/) })
  await second.stop()
})

test('the end waits for messages that are not committed yet, and acknowledges them', async () => {
  const broker = await start()
  const plug = await broker.plug()
  const published = plug.publishAsync('plant/d/state', '{"a": 1}', { qos: 1 })
  await broker.intake.until(() => broker.intake.settles.length === 1)
  const stopped = broker.link.stop()
  broker.intake.settles[0]?.()
  await expect(published).resolves.toBeDefined()
  await stopped
  await broker[Symbol.asyncDispose]()
})

test('a client that sends too many messages is slowed down, loses none, and the others are not', async () => {
  await using broker = await start({ messageRate: 100 })
  const { intake } = broker
  const [plug, other] = [await broker.plug(), await broker.plug()]
  for (let a = 0; a < 130; a++) plug.publish('plant/d/state', JSON.stringify({ a }))
  other.publish('plant/d/state', '{"b": 1}')
  await intake.until(() => intake.samples.some(({ values }) => 'b' in values))
  const before = intake.samples.length
  await intake.until(() => intake.samples.length === 131)
  expect(before).toBeLessThan(131)
  expect(intake.samples.flatMap(({ values }) => ('a' in values ? [values['a']] : []))).toEqual(
    Array.from({ length: 130 }, (_, a) => a),
  )
  expect(broker.link.status().counters.throttled).toBeGreaterThanOrEqual(29)
})

test('a client has so many subscriptions, and room for another when it gives one up', async () => {
  await using broker = await start({ subscriptions: 2 })
  const panel = await broker.panel()
  const subscribe = (filter: string) =>
    panel.subscribeAsync(filter).then(
      () => 'granted',
      () => 'refused',
    )
  expect([await subscribe('plant/a'), await subscribe('plant/b'), await subscribe('plant/c')]).toEqual([
    'granted',
    'granted',
    'refused',
  ])
  expect(await subscribe('plant/b')).toBe('granted')
  await panel.unsubscribeAsync('plant/a')
  expect(await subscribe('plant/c')).toBe('granted')
})

test('retained messages have a limit in number and one in bytes; beyond it they are passed on and not kept', async () => {
  await using broker = await start({ retainedTopics: 2, retainedBytes: 10 })
  const plug = await broker.plug()
  const keep = (topic: string, payload: string) => plug.publishAsync(topic, payload, { retain: true, qos: 1 })
  await keep('plant/a', '12345')
  await keep('plant/b', '123456')
  await keep('plant/c', '12345')
  await keep('plant/d', '1')
  await keep('plant/a', '')
  await keep('plant/e', '1')
  const panel = await broker.panel()
  const seen: string[] = []
  const two = new Promise<void>(resolve => panel.on('message', topic => seen.push(topic) === 2 && resolve()))
  await panel.subscribeAsync('plant/#')
  await two
  expect(seen.toSorted()).toEqual(['plant/c', 'plant/e'])
  expect(broker.link.status().counters.retainedRefused).toBe(2)
})
