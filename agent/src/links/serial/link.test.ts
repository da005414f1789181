import type { Socket } from 'node:net'
import { FakeClock } from '@lineside/contract/testing'
import { pino } from 'pino'
import { expect, test } from 'vitest'
import { dropSilent } from '../../poll/silence.ts'
import { Talker } from '../../poll/talker.ts'
import { SerialLink } from './link.ts'
import { testContext, testDevice, TestIntake } from '../testing.ts'
import { testSerialProfile } from './testing.ts'
import { TestServer } from '../channel/testing.ts'

const config = (port: number) =>
  ({ kind: 'serial_tcp', name: 'scale', host: '127.0.0.1', port, timeoutMs: 1000 }) as const

async function start(polls: boolean, connection: (socket: Socket) => void) {
  const server = await new TestServer(connection).listen()
  const context = testContext()
  const link = new SerialLink(config(server.port), [testDevice('s', testSerialProfile(polls))], context)
  await link.start()
  return {
    server,
    intake: context.intake,
    link,
    async [Symbol.asyncDispose]() {
      await link.stop()
      await server[Symbol.asyncDispose]()
    },
  }
}

test('each line of a talker becomes a sample, however the bytes are split', async () => {
  await using line = await start(false, socket => {
    for (const byte of 'W 12.5\r\nT 20.1\r\nW 12.6\r\n') socket.write(byte)
  })
  const { intake } = line
  await intake.until(() => intake.samples.length === 3)
  expect(intake.samples.map(s => s.values)).toEqual([{ weight: 12.5 }, { temperature: 20.1 }, { weight: 12.6 }])
  expect(intake.states.map(s => `${s.scope} ${s.state}`)).toEqual(['link online', 'device online'])
})

test('noise between lines is counted and is no value', async () => {
  await using line = await start(false, socket => socket.write('\x00\xff\xfe#!\r\nW 1x2\r\nW 7\r\n'))
  const { intake, link } = line
  await intake.until(() => intake.samples.some(s => s.values.weight === 7))
  expect(intake.samples.filter(s => s.values.weight !== undefined)).toHaveLength(1)
  expect(link.status().counters.damaged).toBeGreaterThanOrEqual(1)
})

test('two talkers of one line each hear their own messages, also where the first can not read the other’s', async () => {
  const server = await new TestServer(socket => socket.write('X 3\r\nW 12.5\r\n')).listen()
  const context = testContext()
  const profile = testSerialProfile(false)
  const messages = new Map([...profile.messages].filter(([name]) => name === 'W'))
  const other = { ...profile, messages, points: new Map([...profile.points].filter(([name]) => name === 'weight')) }
  const named = new Map([
    ['X', { name: 'X', layout: { kind: 'format', format: 'X {value}' }, statuses: [], ignore: false } as const],
  ])
  const from = [{ message: 'X', field: 'value', when: new Map() }]
  const points = new Map([...other.points].map(([name, point]) => [name, { ...point, from }]))
  const devices = [testDevice('w', other), testDevice('x', { ...other, messages: named, points })]
  await using link = new SerialLink(config(server.port), devices, context)
  await link.start()
  await context.intake.until(() => context.intake.samples.length === 2)
  expect(context.intake.samples.map(s => [s.device, s.values])).toEqual([
    ['x', { weight: 3 }],
    ['w', { weight: 12.5 }],
  ])
  expect(link.status().counters.damaged).toBe(0)
  await link.stop()
  await server[Symbol.asyncDispose]()
})

test('points that are switched off are not in the samples', async () => {
  const server = await new TestServer(socket => socket.write('T 20.1\r\nW 12.5\r\n')).listen()
  const context = testContext()
  const device = testDevice('s', testSerialProfile(false))
  const points = new Map([...device.points].filter(([name]) => name === 'weight'))
  await using link = new SerialLink(config(server.port), [{ ...device, points }], context)
  await link.start()
  await context.intake.until(() => context.intake.samples.length === 1)
  expect(context.intake.samples[0]?.values).toEqual({ weight: 12.5 })
  await link.stop()
  await server[Symbol.asyncDispose]()
})

test('a device that answers is asked for its points, and one sample has them all', async () => {
  let n = 0
  await using line = await start(true, socket => {
    socket.on('data', chunk => {
      for (const question of String(chunk).split('\r\n').filter(Boolean)) socket.write(`${question[0]} ${n++}\r\n`)
    })
  })
  const { intake } = line
  await intake.until(() => intake.samples.length >= 3)
  expect(intake.samples.slice(0, 3).map(s => s.values)).toEqual([
    { weight: 0, temperature: 1 },
    { weight: 2, temperature: 3 },
    { weight: 4, temperature: 5 },
  ])
})

test('a refusal makes its points refused, and the others are read', async () => {
  await using line = await start(true, socket => {
    socket.on('data', chunk => socket.write(String(chunk).startsWith('W') ? 'E 1\r\n' : 'T 20\r\n'))
  })
  const { intake, link } = line
  await intake.until(() => intake.samples.length >= 1)
  expect(intake.samples[0]).toMatchObject({ values: { temperature: 20 }, quality: { weight: 'bad:refused' } })
  expect(link.status().devices[0]?.state).toBe('online')
})

test('a device that stays silent goes offline and comes back when it answers', async () => {
  let silent = true
  await using line = await start(true, socket => {
    socket.on('data', chunk => {
      if (!silent) for (const q of String(chunk).split('\r\n').filter(Boolean)) socket.write(`${q[0]} 5\r\n`)
    })
  })
  const { intake } = line
  await intake.until(() => intake.states.some(s => s.scope === 'device' && s.state === 'offline'))
  expect(intake.samples.at(-1)).toMatchObject({
    quality: { weight: 'bad:communication', temperature: 'bad:communication' },
  })
  silent = false
  await intake.until(() => intake.samples.some(s => s.values.weight === 5))
  expect(intake.states.some(s => s.scope === 'device' && s.state === 'online')).toBe(true)
})

test('a talker comes back on a new connection after its server closed the old one', async () => {
  let n = 0
  await using line = await start(false, socket => {
    if (n++ === 0) socket.end('W 1\r\nW 9')
    else socket.write('W 2\r\n')
  })
  const { intake } = line
  await intake.until(() => intake.samples.length >= 2)
  expect(intake.samples.map(s => s.values)).toEqual([{ weight: 1 }, { weight: 2 }])
})

test('a line whose other end is dead or silent stops no other', async () => {
  const silent = await new TestServer(() => {}).listen()
  const gone = await new TestServer(() => {}).listen()
  await gone[Symbol.asyncDispose]()
  await using good = await start(false, socket => socket.write('W 7\r\n'))
  const context = testContext()
  const others = [silent.port, gone.port].map(
    port => new SerialLink(config(port), [testDevice('t', testSerialProfile(false))], context),
  )
  for (const link of others) await link.start()
  await context.intake.until(() => context.intake.states.some(s => s.scope === 'link' && s.state === 'offline'))
  await good.intake.until(() => good.intake.samples.length === 1)
  expect(good.intake.samples[0]?.values).toEqual({ weight: 7 })
  expect(context.intake.samples).toEqual([])
  for (const link of others) await link.stop()
  await silent[Symbol.asyncDispose]()
})

test('a device whose frames are cut in another way is left out of the line', async () => {
  const context = testContext()
  const profile = testSerialProfile(false)
  const other = { ...profile, framing: { kind: 'lines', terminator: '\n', maxLength: 80, first: 'keep' } as const }
  const link = new SerialLink(config(1), [testDevice('s', profile), testDevice('t', other)], context)
  expect(context.intake.states).toEqual([expect.objectContaining({ name: 't', state: 'misconfigured' })])
  await link.stop()
})

test('a device may be silent for as long as its profile promises', async () => {
  const clock = new FakeClock()
  const server = await new TestServer(socket => socket.write('W 1\r\n')).listen()
  const intake = new TestIntake()
  const device = { ...testDevice('s', testSerialProfile(false)), silentAfterMs: 60_000 }
  const link = new SerialLink(config(server.port), [device], { ...testContext(intake), clock })
  await link.start()
  await intake.until(() => intake.samples.length === 1)
  await clock.advance(45_000)
  expect(intake.states.at(-1)).toMatchObject({ scope: 'device', state: 'online' })
  await clock.advance(30_000)
  expect(intake.states).toContainEqual({
    scope: 'device',
    name: 's',
    state: 'offline',
    reason: 'stale: no message for 60 s',
  })
  await link.stop()
  await server[Symbol.asyncDispose]()
})

test('a talker that falls silent on an open connection goes offline, and the connection is made anew', async () => {
  const clock = new FakeClock()
  const server = await new TestServer(socket => socket.write('W 1\r\n')).listen()
  const intake = new TestIntake()
  const link = new SerialLink(config(server.port), [testDevice('s', testSerialProfile(false))], {
    ...testContext(intake),
    clock,
  })
  await link.start()
  await intake.until(() => intake.samples.length === 1)
  await clock.advance(12_500)
  expect(intake.states.at(-1)).toMatchObject({ scope: 'link', state: 'offline', reason: 'no bytes for 10 s' })
  expect(intake.states).toContainEqual({
    scope: 'device',
    name: 's',
    state: 'offline',
    reason: 'stale: no message for 10 s',
  })
  await clock.advance(1000)
  await intake.until(() => intake.states.at(-1)?.state === 'online')
  await link.stop()
  await server[Symbol.asyncDispose]()
})

test('a talker of which only damaged messages came says so when it counts as lost', () => {
  const intake = new TestIntake()
  const clock = new FakeClock()
  const context = { ...testContext(intake), clock }
  const talker = new Talker({ name: 's', points: new Set(['a']), silentAfterMs: 10_000, context })
  talker.damaged('old')
  talker.heard({ ok: true, values: { a: 1 } }, 'direct')
  talker.damaged('checksum 12 should be 34')
  talker.damaged('checksum 56 should be 78')
  dropSilent([talker], clock.monotonic() + 10_000, undefined, '; the port has 9600 baud')
  expect(intake.states.at(-1)?.reason).toBe(
    'stale: no message for 10 s; 2 damaged, the last: checksum 56 should be 78; the port has 9600 baud',
  )
})

test('messages that can not be read are counted, told of in the status, and in the log once a minute', async () => {
  const clock = new FakeClock()
  const lines: string[] = []
  const log = pino({ base: null }, { write: line => void lines.push(line) })
  const context = { ...testContext(), clock, log }
  const talker = new Talker({ name: 's', points: new Set(['a']), silentAfterMs: Number.POSITIVE_INFINITY, context })
  talker.damaged('no JSON')
  expect(talker.status()).toMatchObject({ flaw: 'its newest message can not be read: no JSON' })
  await clock.advance(59_999)
  talker.damaged('no JSON')
  expect(talker.status()).toMatchObject({
    flaw: 'its 2 newest messages can not be read: no JSON',
    counters: { failed: 2 },
  })
  await clock.advance(1)
  talker.damaged('cut off')
  expect(lines.map(line => JSON.parse(line))).toMatchObject([
    { device: 's', reason: 'no JSON', failed: 1, msg: 'message can not be read' },
    { device: 's', reason: 'cut off', failed: 3 },
  ])
  talker.heard({ ok: true, values: { a: 1 } }, 'direct')
  expect(talker.status().flaw).toBeUndefined()
})

test('readings with a time of their own are samples of their own, and only of points that are wanted', () => {
  const intake = new TestIntake()
  const points = new Set(['power', 'gas'])
  const clock = new FakeClock(100_000)
  const talker = new Talker({ name: 'meter', points, silentAfterMs: 1, context: { ...testContext(intake), clock } })
  const stamped = [
    { t: 60_000, values: { gas: 7 } },
    { t: 30_000, values: { water: 1 } },
  ]
  talker.heard({ ok: true, t: 90_000, values: { power: 3 }, stamped }, 'direct')
  expect(intake.samples).toStrictEqual([
    { k: 'sample', device: 'meter', t: 60_000, clock: 'device', values: { gas: 7 } },
    { k: 'sample', device: 'meter', t: 90_000, clock: 'device', values: { power: 3 } },
  ])
  expect(talker.status().lastValue).toBe(90_000)
})

test('a talker says once that it is gone', () => {
  const intake = new TestIntake()
  const talker = new Talker({ name: 's', points: new Set(['a']), silentAfterMs: 1, context: testContext(intake) })
  talker.gone('silent')
  talker.gone('silent')
  expect(intake.samples).toHaveLength(1)
  expect(intake.states).toHaveLength(1)
})
