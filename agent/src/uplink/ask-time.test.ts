import { Secret } from '@lineside/settings'
import { once } from 'node:events'
import { createServer as createProxy } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { createServer } from 'node:https'
import { connect } from 'node:net'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { CloudConfig } from '../config/types.ts'
import { createAskTime } from './ask-time.ts'
import { createPost } from './http.ts'
import { hasOpenssl, needsOpenssl, TestAuthority } from './testing.ts'

const dayMs = 86_400_000
/** The machine's clock is the real one: what lies ahead of it is a machine whose clock is behind. */
const ahead = new Date(Math.floor((performance.timeOrigin + 400 * dayMs) / 1000) * 1000)
const clock = { monotonic: () => performance.now() }

let plant: TestAuthority
let stranger: TestAuthority
const requests: IncomingMessage[] = []

beforeAll(() => {
  if (!hasOpenssl) return
  plant = new TestAuthority()
  stranger = new TestAuthority()
})
afterAll(() => {
  plant?.[Symbol.dispose]()
  stranger?.[Symbol.dispose]()
})

/** A receiver of its own time: it has a certificate that begins a day before `now`. */
async function receiver({ key, cert }: { key: string; cert: string }, now = ahead, maxVersion?: 'TLSv1.2') {
  const server = createServer({ key, cert, ...(maxVersion ? { maxVersion } : {}) }, (request, response) => {
    requests.push(request)
    response.setHeader('date', now.toUTCString())
    request.resume().on('end', () => response.end('{}'))
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: new URL(`https://127.0.0.1:${port}/lineside/`),
    [Symbol.asyncDispose]() {
      server.closeAllConnections()
      return server[Symbol.asyncDispose]()
    },
  }
}

const cloudOf = (url: URL, ca?: string): CloudConfig => ({
  url,
  token: new Secret('s3cr3t'),
  ...(ca === undefined ? {} : { tls: { ca } }),
})

const ask = (cloud: CloudConfig, check: 'full' | 'pinned') => createAskTime(cloud, clock)?.(check)
const early = () => plant.sign({ from: new Date(ahead.getTime() - dayMs) })

test.skipIf(!hasOpenssl)(
  `a receiver whose certificate is valid gives its time, and sees no token${needsOpenssl}`,
  async () => {
    await using server = await receiver(plant.sign(), new Date(1_794_000_000_000))
    requests.length = 0
    expect(await ask(cloudOf(server.url, plant.pem), 'full')).toMatchObject({ kind: 'date', dateMs: 1_794_000_000_000 })
    expect(requests.map(({ method, headers }) => [method, headers.authorization])).toEqual([['HEAD', undefined]])
  },
)

test.skipIf(!hasOpenssl)(
  `at a clock before the certificate the pin vouches, for the time alone${needsOpenssl}`,
  async () => {
    await using server = await receiver(early())
    const cloud = cloudOf(server.url, plant.pem)
    expect(await ask(cloud, 'full')).toEqual({ kind: 'not_yet_valid' })
    requests.length = 0
    expect(await ask(cloud, 'pinned')).toMatchObject({ kind: 'date', dateMs: ahead.getTime() })
    expect(requests.map(({ headers }) => headers.authorization)).toEqual([undefined])
  },
)

test.skipIf(!hasOpenssl)(
  `a certificate that has ended is told from others, and its receiver by the pin${needsOpenssl}`,
  async () => {
    const past = new Date(ahead.getTime() - 800 * dayMs)
    const ended = plant.sign({ from: new Date(past.getTime() - dayMs), until: new Date(past.getTime() + dayMs) })
    await using server = await receiver(ended, past)
    expect(await ask(cloudOf(server.url, plant.pem), 'full')).toEqual({ kind: 'expired' })
    expect(await ask(cloudOf(server.url, ended.cert), 'pinned')).toMatchObject({ kind: 'date', dateMs: past.getTime() })
    await using late = await receiver(ended)
    expect(await ask(cloudOf(late.url, ended.cert), 'pinned')).toEqual({
      kind: 'failed',
      reason: 'the certificate is not valid any more',
    })
  },
)

test.skipIf(!hasOpenssl)(`the certificate itself may be the pin${needsOpenssl}`, async () => {
  const own = early()
  await using server = await receiver(own)
  expect(await ask(cloudOf(server.url, own.cert), 'pinned')).toMatchObject({ kind: 'date' })
})

const later = () => ({ from: new Date(ahead.getTime() - dayMs) })
test.skipIf(!hasOpenssl).each([
  ['of another authority', () => stranger.sign(later()), /has signed it/],
  ['for another host', () => plant.sign({ ...later(), host: '127.0.0.2' }), /is not for 127.0.0.1/],
  ['of a client', () => plant.sign({ ...later(), usage: 'clientAuth' }), /not that of a server/],
  [
    'that is not valid at the time it gives',
    () => plant.sign({ from: new Date(ahead.getTime() + dayMs) }),
    /not valid yet/,
  ],
  ['that ended before the time it gives', () => plant.sign({ until: new Date(ahead.getTime() - dayMs) }), /any more/],
] as const)(`a certificate %s is not believed, pin or not${needsOpenssl}`, async (_name, made, reason) => {
  await using server = await receiver(made())
  expect(await ask(cloudOf(server.url, plant.pem), 'pinned')).toMatchObject({
    kind: 'failed',
    reason: expect.stringMatching(reason),
  })
})

test.skipIf(!hasOpenssl)(
  `without a pin nothing is let pass, and without TLS nobody is asked${needsOpenssl}`,
  async () => {
    await using server = await receiver(early())
    expect(await ask(cloudOf(server.url), 'pinned')).toMatchObject({ kind: 'failed' })
    expect(createAskTime(cloudOf(new URL('http://127.0.0.1:1')), clock)).toBeUndefined()
  },
)

test.skipIf(!hasOpenssl)(
  `with the time known, what is sent goes over a full check at that time${needsOpenssl}`,
  async () => {
    await using server = await receiver(early())
    const send = (rightTime: () => number | undefined, cloud = cloudOf(server.url, plant.pem)) =>
      createPost(cloud, rightTime)(new Uint8Array(5), new AbortController().signal)
    requests.length = 0
    expect(await send(() => undefined)).toMatchObject({
      kind: 'failed',
      reason: expect.stringContaining('not valid yet'),
    })
    expect(await send(() => ahead.getTime() - 2 * dayMs)).toMatchObject({ kind: 'failed' })
    expect(await send(() => ahead.getTime() + 3 * dayMs)).toMatchObject({ kind: 'failed' })
    expect(await send(() => ahead.getTime(), cloudOf(server.url, stranger.pem))).toMatchObject({ kind: 'failed' })
    expect(requests).toEqual([])
    expect(await send(() => ahead.getTime())).toMatchObject({ status: 200, dateMs: ahead.getTime() })
    expect(requests.map(({ headers }) => headers.authorization)).toEqual(['Bearer s3cr3t'])
  },
)

test.skipIf(!hasOpenssl)(`through a proxy too, with TLS of an older version${needsOpenssl}`, async () => {
  await using server = await receiver(early(), ahead, 'TLSv1.2')
  await using proxy = createProxy()
  proxy.on('connect', (_request, socket) => {
    const target = connect(Number(server.url.port), '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
      socket.pipe(target).pipe(socket)
    })
    socket.on('error', () => target.destroy())
    socket.on('close', () => target.destroy())
    target.on('error', () => socket.destroy())
  })
  await once(proxy.listen(0, '127.0.0.1'), 'listening')
  const via = new URL(`http://127.0.0.1:${(proxy.address() as AddressInfo).port}`)
  const cloud = { ...cloudOf(server.url, plant.pem), proxy: via }
  expect(await ask(cloud, 'pinned')).toMatchObject({ kind: 'date' })
  const post = createPost(cloud, () => ahead.getTime())
  expect(await post(new Uint8Array(5), new AbortController().signal)).toMatchObject({ status: 200 })
})

test('a receiver that is not there, or whose name nobody knows, is a reason and nothing worse', async () => {
  const server = createProxy().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  await server[Symbol.asyncDispose]()
  for (const host of [`127.0.0.1:${port}`, `nowhere.invalid:${port}`]) {
    expect(await ask(cloudOf(new URL(`https://${host}/lineside/`)), 'full')).toEqual({
      kind: 'failed',
      reason: expect.stringMatching(/ECONNREFUSED|ENOTFOUND|EAI_AGAIN/),
    })
  }
  // What else the sockets have to say is said by now.
  await new Promise(resolve => setImmediate(resolve))
})
