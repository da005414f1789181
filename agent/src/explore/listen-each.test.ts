import { once } from 'node:events'
import { createServer } from 'node:net'
import { systemClock } from '@lineside/contract'
import { seededRandom } from '@lineside/contract/testing'
import { Aedes, type AedesOptions } from 'aedes'
import { pino } from 'pino'
import { expect, test } from 'vitest'
import type { MqttLinkConfig } from '../config/types.ts'
import { testDevice } from '../links/testing.ts'
import { testMqttProfile } from '../links/mqtt/testing.ts'
import type { DeviceRead } from './device-read.ts'
import { readEach } from './read-each.ts'

async function startBroker(options: AedesOptions = {}) {
  const aedes = new Aedes(options)
  await aedes.listen()
  const clients: { readonly id: string; readonly clean: boolean }[] = []
  aedes.on('client', ({ id, clean }) => void clients.push({ id, clean }))
  const server = createServer(socket => aedes.handle(socket))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0
  return {
    clients,
    port,
    keep: (topic: string, payload: string) =>
      new Promise<void>((resolve, reject) => {
        const message = { cmd: 'publish', topic, payload, qos: 1, retain: true, dup: false } as const
        aedes.publish(message, error => (error ? reject(error) : resolve()))
      }),
    async [Symbol.asyncDispose]() {
      await new Promise<void>(resolve => aedes.close(resolve))
      server.close()
    },
  }
}

async function read(port: number, names: readonly string[]): Promise<readonly DeviceRead[]> {
  const link: MqttLinkConfig = {
    kind: 'mqtt',
    name: 'plant',
    host: '127.0.0.1',
    port,
    clientId: 'gateway-1',
    version: 4,
    keepAliveMs: 30_000,
    connectTimeoutMs: 5000,
    sessionExpiryMs: 60_000,
    maxPacketBytes: 2000,
    maxUnacknowledged: 1,
  }
  const devices = names.map(name => testDevice(name, testMqttProfile(), { link: 'plant', topic: `plant/${name}` }))
  return readEach({
    config: {
      gateway: 'g',
      timezone: 'UTC',
      storage: { path: '/nowhere', maxSizeBytes: 1e9, minFreeBytes: 0, commitEveryMs: 1000 },
      links: new Map([['plant', link]]),
      devices: new Map(devices.map(device => [device.name, device])),
      notify: new Map(),
      page: { host: '127.0.0.1', port: 0 },
    },
    clock: systemClock,
    random: seededRandom(4),
    log: pino({ enabled: false }),
    signal: new AbortController().signal,
    waitMs: 300,
    begin: () => {},
  })
}

test('what a broker has kept is read by a guest, and the session of the agent is left alone', async () => {
  await using broker = await startBroker()
  await broker.keep('plant/a/state', '{"a": 1.5, "b": 2}')
  await broker.keep('plant/b/state', '{"a": 3}')
  const [a, b, c] = await read(broker.port, ['a', 'b', 'c'])
  expect(a).toMatchObject({ verdict: 'good', read: { values: { a: 1.5, b: 2 } } })
  expect(a?.reason).toBe('from before: the broker has kept it')
  expect(b).toMatchObject({ verdict: 'silent', reason: 'connected, nothing of b within 0.3 s' })
  expect(c).toMatchObject({ verdict: 'silent', reason: 'connected, no message within 0.3 s' })
  expect(broker.clients).toEqual([{ id: expect.stringMatching(/^gateway-1-check-\d+$/), clean: true }])
})

test('a device that says that it is offline is bad, and so is one whose topic we may not have', async () => {
  await using broker = await startBroker({
    authorizeSubscribe: (_client, subscription, done) =>
      done(null, subscription.topic.startsWith('plant/secret/') ? null : subscription),
  })
  await broker.keep('plant/off/available', 'offline')
  const [off, secret] = await read(broker.port, ['off', 'secret'])
  expect(off).toMatchObject({ verdict: 'bad', reason: 'the device says that it is offline' })
  expect(secret).toMatchObject({
    verdict: 'bad',
    reason: expect.stringContaining('the broker refuses the subscription to plant/secret/'),
  })
})

test('a broker that refuses us, or is not there, is told in one sentence', async () => {
  const broker = await startBroker({ authenticate: (_client, _user, _password, done) => done(null, false) })
  const [refused] = await read(broker.port, ['a'])
  expect(refused).toMatchObject({ verdict: 'bad', reason: expect.stringContaining('the broker refuses: ') })
  await broker[Symbol.asyncDispose]()
  const [gone] = await read(broker.port, ['a'])
  expect(gone).toMatchObject({ verdict: 'bad', reason: expect.stringContaining('connection refused') })
})
