import { FakeClock } from '@lineside/contract/testing'
import { decodeRequest, encodeReceipt } from '@lineside/contract'
import type { Receipt } from '@lineside/contract'
import { Secret } from '@lineside/settings'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { pino } from 'pino'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import type { BatchBuffer } from '../buffer/api.ts'
import { openBuffer } from '../buffer/buffer.ts'
import type { Uplink, UplinkStatus } from './api.ts'
import { createPost } from './http.ts'
import { createUplink } from './uplink.ts'

type Reply = (request: Received, response: ServerResponse) => void

interface Received {
  readonly headers: IncomingMessage['headers']
  readonly url: string | undefined
  readonly streams: readonly string[]
  readonly seqs: readonly (readonly [stream: string, seq: number])[]
}

let folder: string
let server: Server
let buffer: BatchBuffer
let uplink: Uplink
let clock: FakeClock
const lines: string[] = []
const log = pino({ level: 'debug' }, { write: (line: string) => void lines.push(line) })
/** Last seq that the receiver has; all are of one stream. */
let high = 0
const received: Received[] = []
/** What the receiver answers, request by request; the last one goes on. */
let replies: Reply[]

// One buffer for all tests: each leaves it empty, and to open one takes longer than most of them.
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'uplink-'))
  clock = new FakeClock()
  const settings = { path: folder, gateway: 'plant1-gw3', maxSizeBytes: 64e6, commitEveryMs: 1000 }
  buffer = await openBuffer({ ...settings, clock, log, newId: randomUUID })
})

afterAll(async () => {
  await buffer.close()
  rmSync(folder, { recursive: true, force: true })
})

/** What the token's file says. */
let written: string

beforeEach(async () => {
  received.length = 0
  replies = [accept]
  lines.length = 0
  server = createServer((request, response) => void answer(request, response))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : undefined
  const url = new URL(`http://127.0.0.1:${port}/receiver/`)
  written = 's3cr3t-token'
  const post = createPost({ url, token: new Secret(written), readToken: () => new Secret(written) })
  uplink = createUplink({ gateway: 'plant1-gw3', buffer, post, clock, random: () => 0.5, log })
})

afterEach(async () => {
  await uplink.stop(0)
  server.closeAllConnections()
  server.close()
  for (;;) {
    const left = await buffer.next({ maxBytes: 4e6 })
    if (!left) break
    await buffer.settle(left.requestId, receiptFor(parse(left.body)))
  }
})

function parse(body: Uint8Array): Pick<Received, 'streams' | 'seqs'> {
  const decoded = decodeRequest(gunzipSync(body))
  if (!decoded.ok) throw new Error(decoded.message)
  return {
    streams: decoded.envelope.streams.map(({ stream }) => stream),
    seqs: decoded.batches.map(({ stream, seq }) => [stream, seq] as const),
  }
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = []
  for await (const chunk of request) if (Buffer.isBuffer(chunk)) chunks.push(chunk)
  const got: Received = { headers: request.headers, url: request.url, ...parse(Buffer.concat(chunks)) }
  received.push(got)
  const reply = replies.length > 1 ? replies.shift() : replies[0]
  reply?.(got, response)
}

function upTo(seq: number): readonly (readonly [number, number])[] {
  return seq < 1 ? [] : [[1, seq]]
}

function receiptFor({ streams, seqs }: Pick<Received, 'streams' | 'seqs'>): Receipt {
  for (const [, seq] of seqs) high = Math.max(high, seq)
  return { streams: streams.map(stream => ({ stream, acked: upTo(high) })) }
}

function accept(request: Received, response: ServerResponse): void {
  response.setHeader('content-type', 'application/json').end(encodeReceipt(receiptFor(request)))
}

const status =
  (code: number, body = '', headers: Record<string, string> = {}): Reply =>
  (_request, response) =>
    void response.writeHead(code, headers).end(body)

function until(reached: (status: UplinkStatus) => boolean): Promise<UplinkStatus> {
  return new Promise(resolve => {
    const now = uplink.status()
    if (reached(now)) return resolve(now)
    const stop = uplink.onChange(next => {
      if (!reached(next)) return
      stop()
      resolve(next)
    })
  })
}

const sample = (t: number) => ({ k: 'sample' as const, device: 'press_3', t, values: { temp: 20 } })

async function committed(): Promise<void> {
  buffer.append('data', sample(clock.now()))
  await buffer.commit()
}

test('what is committed is sent at once and leaves the buffer with its receipt', async () => {
  uplink.start()
  await until(({ state }) => state === 'idle')
  await committed()
  await until(({ ackedBatches }) => ackedBatches === 1)
  expect(received.at(-1)).toMatchObject({
    url: '/receiver/v1/batches',
    headers: {
      authorization: 'Bearer s3cr3t-token',
      'content-type': 'application/x-ndjson',
      'content-encoding': 'gzip',
    },
  })
  expect(buffer.stats().waiting.batches).toBe(0)
})

const cases: readonly (readonly [name: string, reply: Reply, reason: RegExp])[] = [
  ['401', status(401, '{"code":"unauthorized"}'), /token \(401\)/],
  ['403 gateway_mismatch', status(403, '{"code":"gateway_mismatch","message":"x"}'), /another gateway/],
  ['404 of a captive portal', status(404, '<html>', { 'content-type': 'text/html' }), /no receiver/],
  ['200 with HTML', status(200, '<html>welcome</html>', { 'content-type': 'text/html' }), /text\/html is no receipt/],
  ['200 with another JSON', status(200, '{"ok":true}', { 'content-type': 'application/json' }), /no list of streams/],
  ['204', status(204), /no receipt/],
  ['302 to elsewhere', status(302, '', { location: 'http://127.0.0.1:1/' }), /moved or a portal/],
  ['400 that no receiver of ours says', status(400, 'Bad Request'), /answers 400/],
  ['400 unsupported_version', status(400, '{"code":"unsupported_version"}'), /400 unsupported_version/],
  ['413', status(413), /too large/],
  ['429', status(429), /slower pace/],
  ['500', status(500, 'oops'), /answers 500/],
  ['503', status(503, '{"code":"unavailable"}'), /503 unavailable/],
  [
    'a receipt cut off in the middle',
    (request, response) => {
      const body = encodeReceipt(receiptFor(request))
      response.writeHead(200, { 'content-length': body.length, 'content-type': 'application/json' })
      response.write(body.slice(0, -20), () => response.destroy())
    },
    /^the connection broke in the middle of the answer$/,
  ],
  [
    'a receipt for someone else',
    (_request, response) => {
      response.end(encodeReceipt({ streams: [{ stream: randomUUID(), acked: [[1, 9]] }] }))
    },
    /someone else/,
  ],
  [
    'a receipt that covers nothing of what was sent',
    ({ streams }, response) => {
      response.end(encodeReceipt({ streams: streams.map(stream => ({ stream, acked: upTo(high) })) }))
    },
    /covers nothing/,
  ],
  [
    'a connection that closes without an answer',
    (_request, response) => void response.destroy(),
    /closed without an answer/,
  ],
]

test.each(cases)('%s pauses and keeps everything, and says why', async (_name, reply, reason) => {
  await committed()
  replies = [reply, accept]
  uplink.start()
  const paused = await until(({ state }) => state === 'waiting')
  expect(paused.reason).toMatch(reason)
  expect(paused.failures).toBe(1)
  expect(buffer.stats().waiting.batches).toBe(1)
  // Half of the first ceiling of one second.
  expect(paused.nextTryMs).toBe(500)
  await clock.advance(499)
  expect(received).toHaveLength(1)
  const done = until(({ state }) => state === 'idle')
  await clock.advance(1)
  await done
  expect(buffer.stats().waiting.batches).toBe(0)
})

test.each([429, 503])('the receiver sets the pace with Retry-After of a %i, and jitter comes on top', async code => {
  await committed()
  replies = [status(code, '', { 'retry-after': '30' }), accept]
  uplink.start()
  expect((await until(({ state }) => state === 'waiting')).nextTryMs).toBe(30_500)
})

test('a commit during the pause does not shorten it', async () => {
  await committed()
  replies = [status(503, '', { 'retry-after': '30' }), accept]
  uplink.start()
  await until(({ state }) => state === 'waiting')
  await committed()
  await clock.advance(20_000)
  expect(received).toHaveLength(1)
})

test('after an undecodable request its batches go out in ever smaller parts, without a pause', async () => {
  for (let i = 0; i < 5; i++) await committed()
  const undecodable = status(400, '{"code":"undecodable","message":"body ends early"}')
  replies = [undecodable, undecodable, accept]
  uplink.start()
  await until(({ state }) => state === 'idle')
  expect(received.map(({ seqs }) => seqs.length)).toEqual([5, 3, 2, 1, 2])
  const seqs = received.slice(2).flatMap(request => request.seqs.map(([, seq]) => seq))
  expect(seqs).toEqual(received[0]?.seqs.map(([, seq]) => seq))
  expect(uplink.status().failures).toBe(0)
})

test('flush sends what was committed and waits for its receipt, also out of a pause', async () => {
  replies = [status(503, '', { 'retry-after': '600' }), accept]
  uplink.start()
  await until(({ state }) => state === 'waiting')
  await committed()
  expect(await uplink.flush(5000)).toBe(true)
  expect(buffer.stats().waiting.batches).toBe(0)
})

test('flush gives up after three tries that were made for it, soon after each other', async () => {
  await committed()
  replies = [status(503, '', { 'retry-after': '600' })]
  uplink.start()
  await until(({ state }) => state === 'waiting')
  const flushed = uplink.flush(15_000)
  for (const tries of [2, 3]) {
    await until(({ state, requests }) => state === 'waiting' && requests === tries)
    await clock.advance(1000)
  }
  expect(await flushed).toBe(false)
  expect(received).toHaveLength(4)
})

test('a flush goes through to a receiver that is just starting', async () => {
  await committed()
  replies = [status(503), status(503), accept]
  uplink.start()
  await until(({ state }) => state === 'waiting')
  const flushed = uplink.flush(15_000)
  await until(({ state, requests }) => state === 'waiting' && requests === 2)
  await clock.advance(1000)
  expect(await flushed).toBe(true)
})

test('flush gives up at its deadline when no answer comes', async () => {
  let release: (() => void) | undefined
  const seen = new Promise<void>(resolve => {
    replies = [
      (request, response) => {
        release = () => accept(request, response)
        resolve()
      },
    ]
  })
  await committed()
  uplink.start()
  await seen
  const flushed = uplink.flush(3000)
  await clock.advance(3000)
  expect(await flushed).toBe(false)
  release?.()
})

test('at the start and once a day the envelope names all streams, with or without batches', async () => {
  await committed()
  uplink.start()
  await until(({ state }) => state === 'idle')
  const before = received.length
  await clock.advance(86_400_000 - 1)
  expect(received).toHaveLength(before)
  const next = until(({ requests }) => requests > before)
  await clock.advance(1)
  await next
  await until(({ state }) => state === 'idle')
  expect(received.at(-1)).toMatchObject({ streams: received[0]?.streams, seqs: [] })
})

test("a receiver whose sets don't take what a gap names is told of it at a growing pace, and takes all else", async () => {
  await committed()
  uplink.start()
  await until(({ state }) => state === 'idle')
  const lost = high
  replies = [
    (request, response) => {
      const { streams } = receiptFor(request)
      const lacking = streams.map(({ stream }) => ({ stream, acked: [...upTo(lost - 1), [lost + 1, high]] as const }))
      response.setHeader('content-type', 'application/json').end(encodeReceipt({ streams: lacking }))
    },
  ]
  const before = received.length
  for (let second = 0; second < 120; second++) {
    await committed()
    await until(({ state }) => state === 'idle')
    await clock.advance(1000)
  }
  // The readings, a gap at once and one after a minute.
  expect(received.length - before).toBeLessThanOrEqual(120 + 4)
  expect(uplink.status().failures).toBe(0)
  const told = lines.map(line => String(JSON.parse(line).msg)).filter(text => text.includes('receiver lost'))
  expect(told).toHaveLength(2)
  // Nothing more is committed: the next report comes all the same.
  const { length } = received
  const next = until(({ requests }) => requests > length)
  await clock.advance(130_000)
  await next
})

test('a receiver that says it has everything is asked again after the back-off', async () => {
  replies = [
    ({ streams }, response) => {
      const all = streams.map(stream => ({ stream, acked: [[1, 100_000]] as const }))
      response.setHeader('content-type', 'application/json').end(encodeReceipt({ streams: all }))
    },
  ]
  await committed()
  uplink.start()
  const { reason } = await until(({ state }) => state === 'waiting')
  expect(reason).toBe('the receiver has more of the newest streams than was ever sent')
  high = 0
  await committed()
  expect(received).toHaveLength(1)
  replies = [accept]
  await clock.advance(500)
  await until(({ state }) => state === 'idle')
  expect(received).toHaveLength(2)
})

test('stop finishes the request under way and sends no other', async () => {
  let release: (() => void) | undefined
  const seen = new Promise<void>(resolve => {
    replies = [
      (request, response) => {
        release = () => accept(request, response)
        resolve()
      },
    ]
  })
  await committed()
  uplink.start()
  await seen
  const stopped = uplink.stop()
  release?.()
  await stopped
  expect(uplink.status()).toMatchObject({ state: 'stopped', ackedBatches: 1 })
  await committed()
  expect(received).toHaveLength(1)
})

test('a token that was refused is read anew', async () => {
  await committed()
  replies = [status(401), accept]
  written = 'mended-token'
  uplink.start()
  await until(({ state }) => state === 'waiting')
  expect(await uplink.flush(5000)).toBe(true)
  expect(received.map(({ headers }) => headers.authorization)).toEqual(['Bearer s3cr3t-token', 'Bearer mended-token'])
})

const told = () => lines.join('').split('uplink pauses').length - 1

test('an outage is told at once, when its reason changes, and then once a quarter of an hour', async () => {
  // To the next try and no further: the answer comes in real time, the deadline by the clock.
  const nextTry = async () => {
    const ms = uplink.status().nextTryMs ?? 0
    await clock.advance(ms)
    return ms
  }
  await committed()
  replies = [status(503)]
  uplink.start()
  await until(({ state }) => state === 'waiting')
  expect(told()).toBe(1)
  const first = await nextTry()
  await until(({ state, requests }) => state === 'waiting' && requests > 1)
  expect(told()).toBe(1)
  replies = [status(401)]
  const second = await nextTry()
  await until(({ reason }) => reason?.includes('401') === true)
  expect(told()).toBe(2)
  expect(first + second).toBeGreaterThan(0)
  expect(uplink.status().failingForMs).toBe(first + second)
  replies = [accept]
  await nextTry()
  await until(({ state }) => state === 'idle')
  expect(uplink.status().failingForMs).toBeUndefined()
})

test('the token stands in no log line and in no reason', async () => {
  await committed()
  replies = [(_request, response) => void response.destroy()]
  uplink.start()
  const { reason } = await until(({ state }) => state === 'waiting')
  expect(`${reason} ${lines.join('')}`).not.toContain('s3cr3t')
  expect(lines.join('')).toContain('uplink pauses')
})
