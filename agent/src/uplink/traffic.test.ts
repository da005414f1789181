import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { Traffic } from './traffic.ts'

test('what connections carry is counted once, both ways, while they are open and when they are closed', async () => {
  await using server = createServer(socket => socket.on('data', data => socket.write(Buffer.alloc(3 * data.length))))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  const traffic = new Traffic()
  const socket = connect(port, '127.0.0.1')
  traffic.add(socket)
  expect(traffic.take()).toBe(0)
  socket.write(Buffer.alloc(100))
  await once(socket, 'data')
  expect([traffic.take(), traffic.take()]).toEqual([400, 0])
  socket.write(Buffer.alloc(10))
  await once(socket, 'data')
  socket.destroy()
  await once(socket, 'close')
  expect([traffic.take(), traffic.take()]).toEqual([40, 0])
})

test('what waited for a connection that never came about is no traffic', async () => {
  const server = createServer()
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  await server[Symbol.asyncDispose]()
  const traffic = new Traffic()
  const socket = connect(port, '127.0.0.1')
  traffic.add(socket)
  socket.write(Buffer.alloc(100_000))
  await once(socket, 'error')
  expect(socket.bytesWritten).toBe(100_000)
  expect(traffic.take()).toBe(0)
})
