import { once } from 'node:events'
import { type Clock, systemClock } from '@lineside/contract'
import { countingClock, seededRandom } from '@lineside/contract/testing'
import { expect, test } from 'vitest'
import { ByteStream } from './byte-stream.ts'
import { tcpPlace } from './tcp.ts'
import { TestServer } from './testing.ts'

function streamTo(port: number, clock: Clock, events: Partial<ConstructorParameters<typeof ByteStream>[1]> = {}) {
  return new ByteStream(
    {
      place: tcpPlace('127.0.0.1', port),
      connectTimeoutMs: 1000,
      clock,
      random: seededRandom(1),
      backoff: { baseMs: 1, maxMs: 2 },
    },
    { opened: () => {}, bytes: () => {}, lost: () => {}, ...events },
  )
}

test('after hundreds of breaks of every kind there is one connection, one listener of each kind and no timer left', async () => {
  let n = 0
  const breaks = 300
  const server = await new TestServer(socket => {
    n++
    if (n > breaks) socket.write('at last')
    else if (n % 3 === 0) socket.resetAndDestroy()
    else if (n % 3 === 1) socket.end('half a fra')
    else socket.destroy()
  }).listen()
  const clock = countingClock()
  const { promise: steady, resolve } = Promise.withResolvers<void>()
  const stream = streamTo(server.port, clock, { bytes: chunk => void (String(chunk) === 'at last' && resolve()) })
  stream.start()
  await steady
  expect(stream.state).toBe('open')
  expect(clock.waiting()).toBe(0)
  expect(server.sockets.size).toBeLessThanOrEqual(2)
  stream.close()
  expect(clock.waiting()).toBe(0)
  await server[Symbol.asyncDispose]()
})

test('bytes that are on their way when a connection is given up reach nobody', async () => {
  await using server = await new TestServer(socket => void socket.write('old')).listen()
  const seen: string[] = []
  const stream = streamTo(server.port, systemClock, {
    bytes(chunk) {
      seen.push(String(chunk))
      if (seen.length > 1) return
      for (const socket of server.sockets) socket.write('late')
      stream.drop('given up')
    },
  })
  stream.start()
  while (server.accepted < 2) await new Promise<void>(resolve => void setImmediate(resolve))
  await stream.ready()
  while (seen.length < 2) await new Promise<void>(resolve => void setImmediate(resolve))
  expect(seen).toEqual(['old', 'old'])
  stream.close()
})

test('a closed stream does not come back', async () => {
  await using server = await new TestServer(() => {}).listen()
  let breaks = 0
  const stream = streamTo(server.port, systemClock, { lost: () => void breaks++ })
  stream.start()
  await stream.ready()
  stream.close()
  const [socket] = server.sockets
  if (socket && !socket.readableEnded) await once(socket.resume(), 'end')
  expect(stream.state).toBe('closed')
  expect(stream.write(Uint8Array.of(1))).toBe(false)
  expect(breaks).toBe(0)
})
