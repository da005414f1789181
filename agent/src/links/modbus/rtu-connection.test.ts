import type { Socket } from 'node:net'
import { systemClock } from '@lineside/contract'
import { seededRandom } from '@lineside/contract/testing'
import {
  decodeRequest,
  encodeException,
  encodeRequest,
  encodeResponse,
  encodeRtu,
  RtuRequestReader,
} from '@lineside/device-profiles'
import { expect, onTestFinished, test } from 'vitest'
import { ModbusRtuConnection, type ModbusRtuOptions } from './rtu-connection.ts'
import type { ModbusResult } from './result.ts'
import { tcpPlace } from '../channel/tcp.ts'
import { TestServer } from '../channel/testing.ts'

interface Request {
  readonly socket: Socket
  readonly unit: number
  readonly address: number
  readonly count: number
  readonly n: number
}

/** Registers say who was asked for what, and by which request. */
function honest({ unit, address, count, n }: Request): Uint8Array {
  const data = new Uint8Array(count * 2)
  for (let i = 0; i < count; i++) data.set(i === 0 ? [unit, address & 0xff] : [n >> 8, n & 0xff], i * 2)
  return encodeRtu(unit, encodeResponse(3, data))
}

const told = (result: ModbusResult): readonly number[] | string => (result.ok ? [...result.data] : result.kind)

async function serve(answer: (request: Request) => void): Promise<TestServer> {
  let n = 0
  const server = new TestServer(socket => {
    const reader = new RtuRequestReader()
    socket.on('data', chunk => {
      for (const { unitId, pdu } of reader.push(chunk)) {
        const request = decodeRequest(pdu)
        if (request.kind === 'read') answer({ socket, unit: unitId, ...request.read, n: n++ })
      }
    })
  })
  return server.listen()
}

function connect(port: number, more: Partial<ModbusRtuOptions> = {}): ModbusRtuConnection & Disposable {
  const connection = new ModbusRtuConnection({
    place: tcpPlace('127.0.0.1', port),
    timeoutMs: 40,
    connectTimeoutMs: 1000,
    silenceMs: 1,
    connectDelayMs: 0,
    byteMs: 0,
    clock: systemClock,
    random: seededRandom(5),
    changed: () => {},
    opened: () => {},
    ...more,
  })
  connection.start()
  return Object.assign(connection, { [Symbol.dispose]: () => connection.close() })
}

const read = (address: number, count = 2) => ({ functionCode: 3 as const, address, count })

test('values of many units arrive where they were asked, one request at a time, however the bytes are split', async () => {
  let underWay = 0
  await using server = await serve(request => {
    expect(++underWay).toBe(1)
    const frame = honest(request)
    const cut = request.n % frame.length
    request.socket.write(frame.subarray(0, cut))
    underWay--
    request.socket.write(frame.subarray(cut))
  })
  using connection = connect(server.port, { timeoutMs: 2000 })
  const asked = Array.from({ length: 60 }, (_, n) => ({ unit: 1 + (n % 5), address: n, n }))
  const results = await Promise.all(asked.map(({ unit, address }) => connection.request(unit, read(address), 0)))
  expect(results.map(told)).toEqual(asked.map(({ unit, address, n }) => [unit, address, 0, n]))
})

test('an answer that comes late is not taken for the next request of its form', async () => {
  let late: Uint8Array | undefined
  await using server = await serve(request => {
    if (request.n === 0) {
      late = honest(request)
      return
    }
    request.socket.write(honest(request))
  })
  using connection = connect(server.port)
  expect(told(await connection.request(1, read(7), 0))).toBe('timeout')
  const next = connection.request(1, read(8), 0)
  for (const socket of server.sockets) if (late) socket.write(late)
  expect(told(await next)).toEqual([1, 8, 0, 1])
  expect(connection.counters).toMatchObject({ doubts: 1, strayBytes: 9, requests: 2 })
})

test('after a silent unit the others are asked at once, also where its next request waits already', async () => {
  const order: number[] = []
  await using server = await serve(request => {
    order.push(request.unit)
    if (request.unit !== 2) request.socket.write(honest(request))
  })
  using connection = connect(server.port)
  const silent = [2, 2].map(unit => connection.request(unit, read(5), 0))
  const early = connection.request(1, read(5), 0)
  expect(told(await early)).toEqual([1, 5, 0, 1])
  const late = connection.request(3, read(5), 0)
  expect(told(await late)).toEqual([3, 5, 0, 2])
  expect((await Promise.all(silent)).map(told)).toEqual(['timeout', 'timeout'])
  expect(order).toEqual([2, 1, 3, 2])
  expect(connection.counters).toMatchObject({ timeouts: 2, doubts: 1 })
  expect(server.accepted).toBe(1)
})

test.each<[name: string, spoil: (request: Request) => Uint8Array, outcome: string]>([
  ['another unit id', r => honest({ ...r, unit: r.unit + 1 }), 'no answer from unit 1 within 40 ms'],
  ['another function', r => encodeRtu(r.unit, encodeResponse(4, new Uint8Array(4))), 'no answer from unit 1'],
  ['too few registers', r => honest({ ...r, count: 1 }), 'unit 1 sent 2 data bytes, expected 4'],
  ['too many registers', r => honest({ ...r, count: 3 }), 'unit 1 sent 6 data bytes, expected 4'],
  ['a bad CRC', r => honest(r).map((byte, i) => (i === 4 ? byte ^ 1 : byte)), 'an answer with a wrong CRC'],
  ['half of it missing', r => honest(r).subarray(0, 6), 'an answer that ended early'],
])('an answer with %s is no value', async (_name, spoil, outcome) => {
  await using server = await serve(request => request.socket.write(spoil(request)))
  using connection = connect(server.port)
  const result = await connection.request(1, read(7), 0)
  expect(result).toMatchObject({ ok: false, text: expect.stringContaining(outcome) })
})

test('garbage before the answer costs nothing, and a second copy of it reaches nobody', async () => {
  await using server = await serve(request => {
    const frame = honest(request)
    request.socket.write(Buffer.concat([Uint8Array.of(0xff, 1, 3, 4, 0), frame, frame]))
  })
  using connection = connect(server.port)
  for (let n = 0; n < 20; n++) expect(told(await connection.request(1, read(n), 0))).toEqual([1, n, 0, n])
})

test('an adapter that repeats what it sends does no harm, and a dead unit behind it is silent, not malformed', async () => {
  await using server = await serve(request => {
    const { unit, address, count } = request
    request.socket.write(encodeRtu(unit, encodeRequest({ functionCode: 3, address, count })))
    if (unit === 1) request.socket.write(honest(request))
  })
  using connection = connect(server.port)
  expect(told(await connection.request(1, read(7), 0))).toEqual([1, 7, 0, 0])
  expect(await connection.request(2, read(0x0304), 0)).toMatchObject({
    kind: 'timeout',
    text: expect.stringContaining('only the echo of the request'),
  })
})

test('an exception is an answer, but not where it may be that to an older request', async () => {
  await using server = await serve(request => {
    if (request.n > 0) request.socket.write(encodeRtu(request.unit, encodeException(3, 2)))
  })
  using connection = connect(server.port)
  expect(told(await connection.request(1, read(0, 2), 0))).toBe('timeout')
  expect(told(await connection.request(1, read(0, 3), 0))).toBe('timeout')
  expect(await connection.request(2, read(0, 3), 0)).toMatchObject({ kind: 'exception', exception: 2 })
})

test('a unit that refuses everything is believed again after one answer was lost', async () => {
  await using server = await serve(request => {
    if (request.n > 0) request.socket.write(encodeRtu(request.unit, encodeException(3, 4)))
  })
  using connection = connect(server.port)
  const outcomes: unknown[] = []
  for (let i = 0; i < 5; i++) outcomes.push(told(await connection.request(1, read(0, 2 + i), 0)))
  expect(outcomes).toEqual(['timeout', 'timeout', 'exception', 'exception', 'exception'])
})

/** Keeps this process from doing anything else, as a busy machine does. */
function stall(ms: number): void {
  const endMs = performance.now() + ms
  while (performance.now() < endMs);
}

test('an answer that came in time counts, also where this process was kept from reading it', async () => {
  await using server = await serve(request => {
    request.socket.write(honest(request))
    stall(60)
  })
  using connection = connect(server.port)
  expect(told(await connection.request(1, read(7), 0))).toEqual([1, 7, 0, 0])
})

test('a late answer that lay unread while this process was kept waiting is not taken for the next one', async () => {
  await using server = await serve(request => {
    const answer = () => {
      request.socket.write(honest(request))
      if (request.n > 0) return
      // Until no late answer can come any more; then every timer is due at once, and takes its time.
      stall(60)
      for (let i = 0; i < 4; i++) setTimeout(stall, i, 3)
    }
    if (request.n > 0) answer()
    else setTimeout(answer, 150)
  })
  using connection = connect(server.port)
  expect(told(await connection.request(1, read(7), 0))).toBe('timeout')
  expect(told(await connection.request(1, read(8), 0))).toEqual([1, 8, 0, 1])
})

test('a line that is never silent fails its requests instead of holding them', async () => {
  await using server = await serve(() => {})
  using connection = connect(server.port, { silenceMs: 20 })
  await connection.stream.ready()
  const chatter = setInterval(() => {
    for (const socket of server.sockets) socket.write(Uint8Array.of(0xff))
  })
  onTestFinished(() => clearInterval(chatter))
  while (connection.counters['strayBytes'] === 0) await connection.request(9, read(0), 0)
  const asked = [1, 2].map(unit => connection.request(unit, read(0), 0))
  for (const result of await Promise.all(asked)) {
    expect(result).toMatchObject({ kind: 'malformed', text: expect.stringContaining('the line is never silent') })
  }
})

test('when nobody answers any more the connection is given up and made anew', async () => {
  let silent = false
  await using server = await serve(request => {
    if (!silent) request.socket.write(honest(request))
  })
  const opened: (() => void)[] = []
  using connection = connect(server.port, { timeoutMs: 15, opened: () => opened.shift()?.() })
  expect(told(await connection.request(1, read(0), 0))).toEqual([1, 0, 0, 0])
  silent = true
  const again = new Promise<void>(resolve => void opened.push(resolve))
  for (const count of [2, 3]) expect(told(await connection.request(1, read(0, count), 0))).toBe('timeout')
  expect(told(await connection.request(1, read(0, 4), 0))).toBe('disconnected')
  silent = false
  await again
  expect(told(await connection.request(1, read(3), 0))).toEqual([1, 3, 0, 3])
  expect(server.accepted).toBe(2)
})

test('closing settles what waits and does not wait for a peer that never answers FIN', async () => {
  await using server = await serve(() => {})
  const connection = connect(server.port, { timeoutMs: 60_000 })
  const waiting = [1, 2].map(unit => connection.request(unit, read(0), 0))
  await connection.stream.ready()
  connection.close()
  expect((await Promise.all(waiting)).map(told)).toEqual(['disconnected', 'disconnected'])
  expect(told(await connection.request(1, read(0), 0))).toBe('disconnected')
})
