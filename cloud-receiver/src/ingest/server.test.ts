import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { pino } from 'pino'
import * as fc from 'fast-check'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { limits, parseReceipt } from '@lineside/contract'
import { FakeClock } from '@lineside/contract/testing'
import { Credentials } from '../credentials/credentials.ts'
import { openEmbeddedLog } from '../log/embedded/embedded-log.ts'
import type { Log } from '../log/log.ts'
import { gapOf, readAll, sampleOf, uuid } from '../log/testing.ts'
import { createMetrics } from '../metrics.ts'
import { createIngest } from './server.ts'
import { failedForMs } from './health.ts'
import type { IngestOptions } from './options.ts'
import { bodyOf, envelopeOf, headersOf, memberOf, send } from './testing.ts'
import type { Answer, Sending } from './testing.ts'

// One log for all: every test is a gateway of its own.
const folder = mkdtempSync(join(tmpdir(), 'lineside-ingest-'))
const clock = new FakeClock()
let log: Log
let credentials: Credentials
let server: ReturnType<typeof createIngest>
let gateways = 0
let gateway: string
let token: string
let port: number
let degraded: string[]
let logged: string[]

async function start(more: Partial<IngestOptions> = {}): Promise<void> {
  server = createIngest({
    log,
    credentials,
    clock,
    logger: pino({ level: 'warn' }, { write: line => void logged.push(line) }),
    metrics: createMetrics(),
    limits: { memory: 512e6, gatewayRate: 2e6 },
    full: () => undefined,
    failing: () => [],
    degraded: () => degraded,
    ...more,
  })
  await server.listen({ host: '127.0.0.1', port: 0 })
  const address = server.server.address()
  port = typeof address === 'object' ? (address?.port ?? 0) : 0
}

beforeAll(async () => {
  log = await openEmbeddedLog({ path: join(folder, 'log.db'), clock })
  credentials = Credentials.open(join(folder, 'credentials.db'), clock)
})

beforeEach(async () => {
  degraded = []
  logged = []
  gateway = `gw${++gateways}`
  const added = credentials.add(gateway)
  token = added.kind === 'added' ? added.token : ''
  await start()
})

afterEach(() => server.close())

afterAll(async () => {
  await log[Symbol.asyncDispose]()
  credentials[Symbol.dispose]()
  rmSync(folder, { recursive: true })
})

const reading = (seq: number) => ({
  stream: uuid(1),
  seq,
  entries: [sampleOf('press', seq, { temperature: seq / 2, run: true })],
})
const post = (body: Uint8Array, more: Partial<Sending> = {}) =>
  send({ port, headers: headersOf(token), chunks: [body], ...more })
const get = (path: string, headers: Sending['headers'] = {}) => send({ port, method: 'GET', path, headers })
const code = (answer: Answer) => {
  const { body } = answer
  if (typeof body !== 'object' || body === null) return [answer.status, body]
  expect(Object.keys(body)).toEqual(['code', 'message'])
  return [answer.status, 'code' in body ? body.code : undefined]
}
const recordsOf = async (topic: 'samples' | 'events') =>
  (await readAll(log, topic)).filter(record => record.gateway === gateway)
const stored = async () => (await recordsOf('samples')).map(({ seq }) => seq)

test('batches are stored, and the receipt gives the whole set of every stream named or carried', async () => {
  const streams = [{ stream: uuid(7), low: 3, sealed: 9 }]
  const answer = await post(bodyOf(gateway, [reading(1), reading(2), reading(5)], streams))
  expect(answer.status).toBe(200)
  const receipt = parseReceipt(JSON.stringify(answer.body))
  expect(receipt).toEqual({
    ok: true,
    receipt: {
      streams: [
        { stream: uuid(7), acked: [] },
        {
          stream: uuid(1),
          acked: [
            [1, 2],
            [5, 5],
          ],
        },
      ],
    },
  })
  expect(await stored()).toEqual([1, 2, 5])
})

test('a request that comes again, also with its batches in another order, changes nothing', async () => {
  await post(bodyOf(gateway, [reading(1), reading(2)]))
  const again = await post(bodyOf(gateway, [reading(2), reading(1), reading(2)]))
  expect(again).toMatchObject({ status: 200, body: { streams: [{ acked: [[1, 2]] }] } })
  expect(await stored()).toEqual([1, 2])
})

const inStream = (stream: number) => ({ ...reading(1), stream: uuid(stream) })
const followingOne = (stream: number) => [{ stream: uuid(stream), low: 1, follows: uuid(1) }]

test('two streams that follow the same one are told of each other, and the log of the receiver says so', async () => {
  const first = await post(bodyOf(gateway, [inStream(2)], followingOne(2)))
  expect(first.body).toEqual({ streams: [{ stream: uuid(2), acked: [[1, 1]] }] })
  expect(logged).toEqual([])
  const second = await post(bodyOf(gateway, [inStream(3)], followingOne(3)))
  expect(second.body).toEqual({ streams: [{ stream: uuid(3), acked: [[1, 1]], beside: uuid(2) }] })
  expect(logged.map(line => JSON.parse(line))).toMatchObject([{ gateway, stream: uuid(3), beside: uuid(2) }])
  expect((await post(bodyOf(gateway, [], followingOne(2)))).body).toMatchObject({ streams: [{ beside: uuid(3) }] })
})

test('a zero byte between members, where gunzip ends without a word, is undecodable and nothing is stored', async () => {
  const [one, two] = [memberOf(gateway, reading(1)), memberOf(gateway, reading(2))]
  const body = Buffer.concat([envelopeOf(gateway, 2), one, Buffer.from([0]), two])
  expect(code(await post(body))).toEqual([400, 'undecodable'])
  expect(await stored()).toEqual([])
})

test.each([
  ['cut off in a member', () => bodyOf(gateway, [reading(1)]).subarray(0, -9)],
  ['with rubbish between its members', () => Buffer.concat([envelopeOf(gateway, 1), Buffer.from('rubbish')])],
  ['of nothing', () => Buffer.alloc(0)],
  ['that is no gzip', () => Buffer.from('{"v":1}')],
  ['with fewer batches than announced', () => Buffer.concat([envelopeOf(gateway, 2), memberOf(gateway, reading(1))])],
  ['with more batches than announced', () => Buffer.concat([envelopeOf(gateway, 0), memberOf(gateway, reading(1))])],
])('a body %s is undecodable and nothing is stored', async (_name, body) => {
  expect(code(await post(body()))).toEqual([400, 'undecodable'])
  expect(await stored()).toEqual([])
})

test('one changed byte anywhere is refused or stores exactly what was sent', async () => {
  const body = bodyOf(gateway, [reading(1), reading(2)])
  let seen = 0
  await fc.assert(
    fc.asyncProperty(fc.nat({ max: body.length - 1 }), fc.integer({ min: 1, max: 255 }), async (at, mask) => {
      const damaged = Buffer.from(body)
      damaged[at] = (damaged[at] ?? 0) ^ mask
      const answer = await post(damaged)
      if (answer.status === 200) seen++
      else expect([400, 403, 413]).toContain(answer.status)
    }),
    { numRuns: 50 },
  )
  const records = await recordsOf('samples')
  expect(records.length === 0).toBe(seen === 0)
  for (const { seq, json } of records) expect(json).toBe(JSON.stringify(reading(seq).entries[0]))
})

test('a batch that is not well-formed is rejected alone, with a code and a sentence', async () => {
  const answer = await post(
    bodyOf(gateway, [
      reading(1),
      { ...reading(2), lines: ['{"k":"sample"'] },
      { ...reading(3), lines: ['{"k":"sample","device":"press"}'] },
      { stream: uuid(2), seq: 1, entries: [], lines: ['{}'] },
      reading(4),
    ]),
  )
  expect(answer.body).toMatchObject({
    streams: [
      {
        stream: uuid(1),
        acked: [
          [1, 1],
          [4, 4],
        ],
        rejected: [
          { seq: 2, code: 'malformed', message: expect.any(String) },
          { seq: 3, code: 'schema', message: expect.any(String) },
        ],
      },
      {
        stream: uuid(2),
        acked: [],
        rejected: [{ seq: 1, code: 'schema', message: expect.any(String) }],
      },
    ],
  })
  expect(parseReceipt(JSON.stringify(answer.body)).ok).toBe(true)
  expect(await stored()).toEqual([1, 4])
})

test('a rejection of what is stored already is not told', async () => {
  await post(bodyOf(gateway, [reading(1)]))
  const answer = await post(bodyOf(gateway, [{ ...reading(1), lines: ['nonsense'] }]))
  expect(answer.body).toEqual({ streams: [{ stream: uuid(1), acked: [[1, 1]] }] })
})

test('gaps enter the log cut', async () => {
  await post(bodyOf(gateway, [reading(1)]))
  const gap = { stream: uuid(1), seq: 4, entries: [gapOf([uuid(1), [1, 3]])] }
  expect((await post(bodyOf(gateway, [gap]))).body).toEqual({ streams: [{ stream: uuid(1), acked: [[1, 4]] }] })
  expect((await recordsOf('events')).map(({ json }) => JSON.parse(json))).toMatchObject([
    { k: 'gap', names: [{ stream: uuid(1), seqs: [[2, 3]] }] },
  ])
})

test('another gateway in the envelope or in a header is a mismatch, and nothing is stored', async () => {
  expect(code(await post(bodyOf('other', [reading(1)])))).toEqual([403, 'gateway_mismatch'])
  const foreign = { ...reading(1), gateway: 'other' }
  expect(code(await post(bodyOf(gateway, [reading(2), foreign])))).toEqual([403, 'gateway_mismatch'])
  expect(await stored()).toEqual([])
})

test('without a valid token nothing is read, and the answer tells nothing', async () => {
  const body = bodyOf(gateway, [reading(1)])
  const answers = await Promise.all(
    ['', 'Bearer x', `Basic ${token}`, `Bearer ${token}x`].map(authorization =>
      post(body, { headers: { ...headersOf(token), authorization } }),
    ),
  )
  for (const answer of answers) {
    expect(code(answer)).toEqual([401, 'unauthorized'])
    expect(answer.headers['www-authenticate']).toBe('Bearer')
  }
  expect(await stored()).toEqual([])
})

test('an address without a valid token is named once, slowed down, and does not disturb who has one', async () => {
  const bad = { headers: { ...headersOf(token), authorization: 'Bearer x' } }
  const answers = await Promise.all(Array.from({ length: 40 }, () => post(Buffer.alloc(0), bad)))
  const [refusals, slowed] = [401, 429].map(status => answers.filter(answer => answer.status === status))
  expect([refusals?.length, slowed?.length]).toEqual([30, 10])
  expect(Number(slowed?.[0]?.headers['retry-after'])).toBeGreaterThan(0)
  expect((await post(bodyOf(gateway, [reading(1)]))).status).toBe(200)
  expect(logged.map(line => JSON.parse(line).address)).toEqual([expect.stringContaining('127.0.0.1')])
  expect((await get('/metrics')).body).toContain('lineside_receiver_unauthorized_total 40')
  await clock.advance(600_000)
  expect((await post(Buffer.alloc(0), bad)).status).toBe(401)
  expect(logged).toHaveLength(2)
})

test('a revoked token ends at the next request', async () => {
  credentials.remove(gateway)
  expect((await post(bodyOf(gateway, [reading(1)]))).status).toBe(401)
})

test('one exact type of body is taken, and the answer names it', async () => {
  for (const other of [
    { 'content-type': 'application/json' },
    { 'content-type': 'application/x-ndjson; charset=utf-8' },
    { 'content-encoding': 'identity' },
    { 'content-encoding': 'gzip, gzip' },
  ]) {
    const answer = await post(bodyOf(gateway, []), { headers: { ...headersOf(token), ...other } })
    expect(code(answer)).toEqual([415, 'unsupported_media_type'])
    expect(answer.body).toMatchObject({ message: expect.stringContaining('application/x-ndjson') })
  }
})

test('a bomb is refused before it has grown', async () => {
  const bomb = gzipSync(Buffer.alloc(12 * 1024 * 1024, 0x20))
  expect(code(await post(bomb))).toEqual([413, 'too_large'])
  const header = Buffer.concat([envelopeOf(gateway, 1), gzipSync(Buffer.alloc(3 * 1024 * 1024, 0x20))])
  expect(code(await post(header))).toEqual([413, 'too_large'])
})

test('a body over the limit is refused by its announced length, and by its bytes where none was announced', async () => {
  const big = Buffer.alloc(limits.requestBytes + 1)
  const announced = { ...headersOf(token), 'content-length': big.length }
  const answer = await send({ port, headers: announced, chunks: [Buffer.alloc(10)], open: true })
  expect(code(answer)).toEqual([413, 'too_large'])
  expect(answer.headers.connection).toBe('close')
  // Incompressible, so that only its size speaks against it.
  const random = Buffer.from(Uint32Array.from({ length: 1.1e6 }, (_, i) => Math.imul(i, 2_654_435_761)).buffer)
  const stored0 = gzipSync(random, { level: 0 })
  expect([400, 413]).toContain((await post(stored0)).status)
})

test('a body that does not come to its end is given up in time', async () => {
  const waiting = send({ port, headers: headersOf(token), chunks: [envelopeOf(gateway, 1)], open: true })
  await expect.poll(() => clock.timers, { timeout: 4000 }).toBeGreaterThan(0)
  await clock.advance(30_000)
  expect(code(await waiting)).toEqual([408, 'timeout'])
})

test('connections that break in the middle leave nothing behind', async () => {
  const aborter = new AbortController()
  const chunks = [bodyOf(gateway, [reading(1)]).subarray(0, 100)]
  const broken = Array.from({ length: 4 }, () =>
    send({ port, headers: headersOf(token), chunks, open: true, signal: aborter.signal }).catch(() => 'broken'),
  )
  await expect.poll(() => clock.timers, { timeout: 4000 }).toBe(4)
  aborter.abort()
  expect(await Promise.all(broken)).toEqual(['broken', 'broken', 'broken', 'broken'])
  await expect.poll(() => clock.timers, { timeout: 4000 }).toBe(0)
  expect((await post(bodyOf(gateway, [reading(1)]))).status).toBe(200)
  expect(logged).toEqual([])
})

test('a gateway over its rate is told when to come again, and may then', async () => {
  await server.close()
  await start({ limits: { memory: 512e6, gatewayRate: 1000 } })
  const noise = Array.from({ length: 300_000 }, (_, i) => Math.imul(i, 2_654_435_761)).join('')
  const padding = gzipSync(noise.slice(0, 900_000))
  const body = Buffer.concat([envelopeOf(gateway, 0), padding])
  let answer = await post(body)
  for (let i = 0; i < 20 && answer.status !== 429; i++) answer = await post(body)
  expect(code(answer)).toEqual([429, 'rate'])
  const seconds = Number(answer.headers['retry-after'])
  expect(seconds).toBeGreaterThan(0)
  await clock.advance(seconds * 1000)
  expect((await post(bodyOf(gateway, [reading(1)]))).status).toBe(200)
})

test('a fifth request of one gateway at the same time is told to wait', async () => {
  const open = Array.from({ length: 4 }, () =>
    send({ port, headers: headersOf(token), chunks: [envelopeOf(gateway, 1)], open: true }),
  )
  await expect.poll(() => clock.timers, { timeout: 4000 }).toBe(4)
  const answer = await post(bodyOf(gateway, [reading(1)]))
  expect(code(answer)).toEqual([429, 'busy'])
  expect(answer.headers['retry-after']).toBe('1')
  await clock.advance(30_000)
  expect((await Promise.all(open)).map(({ status }) => status)).toEqual([408, 408, 408, 408])
  expect((await post(bodyOf(gateway, [reading(1)]))).status).toBe(200)
})

test('when memory is short a request is told to wait and leaves none of it taken', async () => {
  await server.close()
  await start({ limits: { memory: 1e6, gatewayRate: 2e6 } })
  const abort = new AbortController()
  const first = send({
    port,
    headers: headersOf(token),
    open: true,
    signal: abort.signal,
    chunks: [envelopeOf(gateway, 1)],
  })
  first.catch(() => undefined)
  await expect.poll(() => clock.timers, { timeout: 4000 }).toBe(1)
  const many = Array.from({ length: 4000 }, (_, i) => reading(i + 1))
  const answer = await post(bodyOf(gateway, many))
  expect(code(answer)).toEqual([429, 'busy'])
  expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0)
  abort.abort()
  await expect.poll(() => clock.timers, { timeout: 4000 }).toBe(0)
  // Alone it is let in, however little memory there is: else it never could be.
  expect((await post(bodyOf(gateway, many))).status).toBe(200)
  expect((await stored()).length).toBe(4000)
})

test('a log that can not store is a 503 with a time to come again, and nothing of why', async () => {
  await server.close()
  const closed = await openEmbeddedLog({ path: join(folder, 'closed.db'), clock })
  await closed[Symbol.asyncDispose]()
  await start({ log: closed })
  const answer = await post(bodyOf(gateway, [reading(1)]))
  expect(await get('/healthz')).toMatchObject({
    status: 503,
    body: { status: 'failing', problems: ['the log can not store'] },
  })
  // Whom a load balancer has left out gets another request for it to find out.
  await clock.advance(failedForMs)
  expect(await get('/healthz')).toMatchObject({ status: 200, body: { status: 'ok' } })
  expect(code(answer)).toEqual([503, 'unavailable'])
  expect(answer.headers['retry-after']).toBe('5')
  expect(JSON.stringify(answer.body)).not.toContain(folder)
})

test('a full log takes nothing, says when to come again, and has lost nothing', async () => {
  await server.close()
  let full: string | undefined = 'the log is full'
  await start({ full: () => full })
  const answer = await post(bodyOf(gateway, [reading(1)]))
  expect(code(answer)).toEqual([503, 'full'])
  expect(await get('/healthz')).toMatchObject({ status: 503, body: { status: 'failing', problems: [full] } })
  expect(answer.headers['retry-after']).toBe('30')
  expect((await get('/v1/status', { authorization: `Bearer ${token}` })).status).toBe(200)
  full = undefined
  expect((await post(bodyOf(gateway, [reading(1)]))).status).toBe(200)
  expect(await stored()).toEqual([1])
})

test('status tells a gateway what is stored of it, and nobody else', async () => {
  const own = { authorization: `Bearer ${token}` }
  expect((await get('/v1/status', own)).body).toEqual({
    gateway,
    batches: 0,
    entries: 0,
    readings: 0,
  })
  await post(bodyOf(gateway, [reading(1), reading(2), reading(2)]))
  expect((await get('/v1/status', own)).body).toEqual({
    gateway,
    batches: 2,
    entries: 2,
    readings: 4,
    lastReceivedMs: clock.now(),
  })
  expect(code(await get('/v1/status'))).toEqual([401, 'unauthorized'])
})

test('health says what is not well, and is good enough for gateways as long as what they send is stored', async () => {
  expect(await get('/healthz')).toMatchObject({ status: 200, body: { status: 'ok', problems: [] } })
  degraded = ['the archive stands still']
  expect(await get('/healthz')).toMatchObject({ status: 200, body: { status: 'degraded', problems: degraded } })
  await server.close()
  await start({ failing: () => ['the log has stopped'] })
  const problems = ['the log has stopped', ...degraded]
  expect(await get('/healthz')).toMatchObject({ status: 503, body: { status: 'failing', problems } })
})

test('metrics are for this machine', async () => {
  await post(bodyOf(gateway, [reading(1), reading(1)]))
  const metrics = await get('/metrics')
  expect(metrics.body).toContain('lineside_receiver_batches_total{outcome="duplicate"} 1')
  expect(metrics.body).toContain('lineside_receiver_readings_total 2')
  expect(metrics.body).toContain('lineside_receiver_requests_total{status="200"} 1')
  expect(code(await get('/metrics', { 'x-forwarded-for': '198.51.100.7' }))).toEqual([404, 'not_found'])
})

test('nothing else is there', async () => {
  for (const [method, path] of [
    ['GET', '/'],
    ['GET', '/v1/batches'],
    ['HEAD', '/v1/status'],
    ['PUT', '/v1/batches'],
    ['GET', '/v1/../healthz/x'],
    ['POST', '/v1/status'],
    ['OPTIONS', '/v1/batches'],
  ] as const) {
    expect((await send({ port, method, path })).status).toBe(404)
  }
})

test('any order, grouping and repetition of requests leaves the same readings in the log', async () => {
  const expected = new Set<number>()
  const groups = fc.array(fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 5 }), { maxLength: 4 })
  await fc.assert(
    fc.asyncProperty(groups, async requests => {
      const answers = await Promise.all(requests.map(seqs => post(bodyOf(gateway, seqs.map(reading)))))
      for (const seqs of requests) for (const seq of seqs) expected.add(seq)
      expect(answers.every(({ status }) => status === 200)).toBe(true)
      expect((await stored()).toSorted((a, b) => a - b)).toEqual([...expected].toSorted((a, b) => a - b))
    }),
    { numRuns: 25 },
  )
})
