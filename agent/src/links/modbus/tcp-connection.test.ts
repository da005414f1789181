import type { Socket } from 'node:net'
import { systemClock } from '@lineside/contract'
import { seededRandom } from '@lineside/contract/testing'
import { decodeRequest, encodeException, encodeMbap, encodeResponse, MbapReader } from '@lineside/device-profiles'
import { expect, test } from 'vitest'
import { ModbusTcpConnection, type ModbusTcpOptions } from './tcp-connection.ts'
import type { ModbusResult } from './result.ts'
import { tcpPlace } from '../channel/tcp.ts'
import { TestServer } from '../channel/testing.ts'

interface Request {
  readonly socket: Socket
  readonly id: number
  readonly unit: number
  readonly address: number
  readonly count: number
  readonly n: number
}

/** Registers say who was asked for what: unit and address in the first, the request's address again in the second. */
function honest({ id, unit, address, count }: Request): Uint8Array {
  const data = new Uint8Array(count * 2)
  data.set([unit, address & 0xff, address >> 8, address & 0xff].slice(0, count * 2))
  return encodeMbap(id, unit, encodeResponse(3, data))
}

const told = (result: ModbusResult): readonly number[] | string => (result.ok ? [...result.data] : result.kind)

async function serve(answer: (request: Request) => void): Promise<TestServer> {
  let n = 0
  const server = new TestServer(socket => {
    const reader = new MbapReader()
    socket.on('data', chunk => {
      for (const frame of reader.push(chunk).frames) {
        const request = decodeRequest(frame.pdu)
        if (request.kind !== 'read') continue
        answer({ socket, id: frame.transaction, unit: frame.unitId, ...request.read, n: n++ })
      }
    })
  })
  return server.listen()
}

function connect(port: number, more: Partial<ModbusTcpOptions> = {}): ModbusTcpConnection & Disposable {
  const connection = new ModbusTcpConnection({
    place: tcpPlace('127.0.0.1', port),
    timeoutMs: 60,
    connectTimeoutMs: 1000,
    maxInFlight: 1,
    clock: systemClock,
    random: seededRandom(5),
    changed: () => {},
    opened: () => {},
    ...more,
  })
  connection.stream.start()
  return Object.assign(connection, { [Symbol.dispose]: () => connection.close() })
}

const read = (address: number, count = 2) => ({ functionCode: 3 as const, address, count })

test('values of many units and addresses arrive where they were asked, in flight together, however the bytes are split', async () => {
  await using server = await serve(request => {
    const frame = honest(request)
    const cut = request.n % frame.length
    request.socket.write(frame.subarray(0, cut))
    request.socket.write(frame.subarray(cut))
  })
  using connection = connect(server.port, { maxInFlight: 8, timeoutMs: 2000 })
  const asked = Array.from({ length: 200 }, (_, i) => ({ unit: 1 + (i % 5), address: i }))
  const results = await Promise.all(asked.map(({ unit, address }) => connection.request(unit, read(address), 0)))
  expect(results.map(told)).toEqual(asked.map(({ unit, address }) => [unit, address, 0, address]))
})

test('a late answer is never taken for a newer request, and costs no connection while others answer', async () => {
  const held: Uint8Array[] = []
  await using server = await serve(request => {
    if (request.n % 5 === 3) {
      held.push(honest(request))
      return
    }
    for (const late of held.splice(0)) request.socket.write(late)
    request.socket.write(honest(request))
  })
  using connection = connect(server.port, { timeoutMs: 40 })
  let timeouts = 0
  for (let i = 0; i < 60; i++) {
    const result = await connection.request(1, read(i), 0)
    if (!result.ok) timeouts++
    else expect(told(result)).toEqual([1, i, 0, i])
  }
  expect(timeouts).toBeGreaterThanOrEqual(12)
  expect(connection.counters.strays).toBeGreaterThanOrEqual(11)
  expect(server.accepted).toBe(1)
})

test.each<[name: string, spoil: (request: Request) => Uint8Array, outcome: string]>([
  ['another transaction id', r => honest({ ...r, id: (r.id + 1) & 0xffff }), 'timeout'],
  ['another unit id', r => honest({ ...r, unit: r.unit + 1 }), 'malformed'],
  ['another function', r => encodeMbap(r.id, r.unit, encodeResponse(4, new Uint8Array(4))), 'malformed'],
  ['too few registers', r => honest({ ...r, count: 1 }), 'malformed'],
  ['too many registers', r => honest({ ...r, count: 3 }), 'malformed'],
  ['a byte count that lies', r => encodeMbap(r.id, r.unit, Uint8Array.of(3, 4, 1, 2)), 'malformed'],
  ['an exception of another function', r => encodeMbap(r.id, r.unit, encodeException(4, 2)), 'malformed'],
  ['no Modbus at all', () => new TextEncoder().encode('HTTP/1.1 400 Bad Request\r\n\r\n'), 'malformed'],
])('an answer with %s is no value', async (_name, spoil, outcome) => {
  await using server = await serve(request => request.socket.write(spoil(request)))
  using connection = connect(server.port)
  expect(told(await connection.request(1, read(7), 0))).toBe(outcome)
})

test('what comes after a refused answer under the same id is not taken for the next request', async () => {
  await using server = await serve(request => {
    if (request.n === 0) request.socket.write(honest({ ...request, unit: 9 }))
    request.socket.write(honest(request))
  })
  using connection = connect(server.port)
  expect(told(await connection.request(1, read(1), 0))).toBe('malformed')
  expect(told(await connection.request(1, read(2), 0))).toEqual([1, 2, 0, 2])
})

test('a doubled answer and several in one segment are each counted once', async () => {
  await using server = await serve(request => {
    const frame = honest(request)
    request.socket.write(Buffer.concat([frame, frame]))
  })
  using connection = connect(server.port)
  for (let i = 0; i < 20; i++) expect(told(await connection.request(1, read(i), 0))).toEqual([1, i, 0, i])
  expect(connection.counters.strays).toBeGreaterThanOrEqual(19)
})

test('an answer that is cut short and filled up by the next one reaches nobody', async () => {
  for (const [counts, cut] of [
    [[2, 2], 8],
    [[10, 2], 13],
  ] as const) {
    const frames: Uint8Array[] = []
    await using server = await serve(request => {
      frames.push(honest({ ...request, address: 0x0101 }))
      const [first, second] = frames
      if (first && second) request.socket.write(Buffer.concat([first.subarray(0, first.length - cut), second]))
    })
    using connection = connect(server.port, { maxInFlight: 2 })
    const results = await Promise.all(counts.map(count => connection.request(1, read(0x0101, count), 0)))
    expect(results.map(result => result.ok)).toEqual([false, false])
  }
})

test('a dead unit behind a gateway is an exception and keeps the connection', async () => {
  await using server = await serve(request => {
    request.socket.write(request.unit === 2 ? encodeMbap(request.id, 2, encodeException(3, 0x0b)) : honest(request))
  })
  using connection = connect(server.port)
  expect(await connection.request(2, read(0), 0)).toMatchObject({ kind: 'exception', exception: 0x0b })
  expect(told(await connection.request(1, read(3), 0))).toEqual([1, 3, 0, 3])
  expect(server.accepted).toBe(1)
})

test('a silent unit does not cost the others behind the gateway their connection', async () => {
  await using server = await serve(request => {
    if (request.unit !== 2) request.socket.write(honest(request))
  })
  using connection = connect(server.port, { timeoutMs: 30 })
  for (let i = 0; i < 6; i++) {
    expect(told(await connection.request(2, read(i), 0))).toBe('timeout')
    expect(told(await connection.request(1, read(i), 0))).toEqual([1, i, 0, i])
  }
  expect(server.accepted).toBe(1)
})

test('when nobody answers any more the connection is given up and made anew, once a back-off', async () => {
  let silent = false
  await using server = await serve(request => {
    if (!silent) request.socket.write(honest(request))
  })
  const opened: (() => void)[] = []
  using connection = connect(server.port, { timeoutMs: 15, opened: () => opened.shift()?.() })
  expect(told(await connection.request(1, read(0), 0))).toEqual([1, 0, 0, 0])
  silent = true
  expect(told(await connection.request(1, read(0), 0))).toBe('timeout')
  const again = new Promise<void>(resolve => void opened.push(resolve))
  expect(told(await connection.request(1, read(1), 0))).toBe('timeout')
  for (let i = 0; i < 100; i++) expect(told(await connection.request(1, read(2), 0))).toBe('disconnected')
  silent = false
  await again
  expect(told(await connection.request(1, read(3), 0))).toEqual([1, 3, 0, 3])
  expect(server.accepted).toBe(2)
})

test('a unit that never answered on a connection is not what it is given up for so soon', async () => {
  await using server = await serve(request => {
    if (request.unit === 1) request.socket.write(honest(request))
  })
  using connection = connect(server.port, { timeoutMs: 15 })
  for (let i = 0; i < 4; i++) expect(told(await connection.request(2, read(i), 0))).toBe('timeout')
  expect(told(await connection.request(1, read(3), 0))).toEqual([1, 3, 0, 3])
  for (let i = 0; i < 5; i++) expect(told(await connection.request(2, read(i), 0))).toBe('timeout')
  expect(told(await connection.request(1, read(3), 0))).toBe('disconnected')
})

test.each<[name: string, end: (socket: Socket) => void]>([
  ['resets', socket => socket.resetAndDestroy()],
  ['closes', socket => socket.end()],
  ['is cut inside a frame', socket => socket.end(Uint8Array.of(0, 1, 0, 0, 0, 7))],
])('a request that waits is settled when the peer %s', async (_name, end) => {
  await using server = await serve(request => end(request.socket))
  using connection = connect(server.port, { timeoutMs: 10_000 })
  expect(told(await connection.request(1, read(0), 0))).toBe('disconnected')
})

test('a refused connection is an outcome with a reason', async () => {
  const server = await serve(() => {})
  await server[Symbol.asyncDispose]()
  using connection = connect(server.port)
  expect(await connection.request(1, read(0), 0)).toEqual({
    ok: false,
    kind: 'disconnected',
    text: `connection refused by 127.0.0.1:${server.port}`,
  })
})

test('closing settles what waits and does not wait for a peer that never answers FIN', async () => {
  await using server = await serve(() => {})
  const connection = connect(server.port, { timeoutMs: 60_000 })
  const waiting = connection.request(1, read(0), 0)
  await connection.stream.ready()
  connection.close()
  expect(told(await waiting)).toBe('disconnected')
  expect(told(await connection.request(1, read(0), 0))).toBe('disconnected')
})

test('a gap is kept between an answer and the next request', async () => {
  const times: number[] = []
  await using server = await serve(request => {
    times.push(systemClock.monotonic())
    request.socket.write(honest(request))
  })
  using connection = connect(server.port, { timeoutMs: 2000 })
  await Promise.all([1, 2, 3].map(i => connection.request(1, read(i), 20)))
  expect(times[2] && times[0] && times[2] - times[0]).toBeGreaterThanOrEqual(36)
})

test('whatever an adversary does to its answers, no wrong value passes', async () => {
  const random = seededRandom(2026)
  const held: { socket: Socket; bytes: Uint8Array }[] = []
  await using server = await serve(request => {
    const { socket, n } = request
    const frame = honest(request)
    const spoils: (() => void)[] = [
      () => void held.push({ socket, bytes: frame }),
      () => socket.write(Buffer.concat([frame, frame])),
      () => socket.write(honest({ ...request, id: (request.id + 1) & 0xffff })),
      () => socket.write(honest({ ...request, unit: request.unit ^ 1 })),
      () => socket.write(honest({ ...request, count: 1 })),
      () => socket.write(encodeMbap(request.id, request.unit, encodeResponse(4, frame.subarray(9)))),
      () => socket.write(Buffer.concat([honest({ ...request, id: (request.id - 1) & 0xffff }), frame])),
      () => socket.write(frame.subarray(0, 8)),
      () => socket.write(Buffer.concat([Uint8Array.of(1, 2, 3, 4, 5), frame])),
      () => void socket.resetAndDestroy(),
    ]
    if (n % 7 === 0) for (const late of held.splice(0)) late.socket.write(late.bytes)
    const spoil = random() < 0.15 ? spoils[Math.floor(random() * spoils.length)] : undefined
    if (spoil) spoil()
    else socket.write(frame)
  })
  using connection = connect(server.port, { timeoutMs: 5, maxInFlight: 4, backoff: { baseMs: 1, maxMs: 2 } })
  let right = 0
  let wrong = 0
  const poll = async (lane: number) => {
    for (let i = 0; i < 500; i++) {
      await connection.stream.ready()
      const [unit, address] = [1 + (i % 3), (i * 4 + lane) & 0x7fff]
      const result = await connection.request(unit, read(address), 0)
      if (!result.ok) {
        if (result.kind === 'disconnected') await new Promise(resolve => void setTimeout(resolve, 1))
      } else if (String([...result.data]) === String([unit, address & 0xff, address >> 8, address & 0xff])) right++
      else wrong++
    }
  }
  await Promise.all([0, 1, 2, 3].map(poll))
  expect(wrong).toBe(0)
  expect(right).toBeGreaterThan(0)
})
