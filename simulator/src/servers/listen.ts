import { once } from 'node:events'
import type { Server, Socket } from 'node:net'
import type { Clock } from '@lineside/contract'
import type { Endpoint } from '@lineside/settings'
import { SimulatorError } from '../error.ts'

/** Listens and returns the address as `host:port`. Throws `address_in_use` where that is not possible. */
export async function listen(server: Server, name: string, endpoint: Endpoint): Promise<string> {
  try {
    server.listen(endpoint.port, endpoint.host)
    await once(server, 'listening')
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause)
    throw new SimulatorError(
      'address_in_use',
      `link ${name}: ${endpoint.host}:${endpoint.port} can't be listened on (${code})`,
      'end the other program, or write another port',
      { cause },
    )
  }
  const address = server.address()
  if (address === null || typeof address === 'string') return `${endpoint.host}:${endpoint.port}`
  return address.family === 'IPv6' ? `[${address.address}]:${address.port}` : `${address.address}:${address.port}`
}

/** Longest that a client may take to end its side. */
const endWithinMs = 500

/** Stops listening, lets what was written go out, and ends all connections. */
export async function closeServer(server: Server, sockets: ReadonlySet<Socket>, clock: Clock): Promise<void> {
  const closed = new Promise<void>(resolve => server.close(() => resolve()))
  for (const socket of sockets) socket.end()
  const timer = clock.after(endWithinMs, () => {
    for (const socket of sockets) socket.destroy()
  })
  await closed
  timer.cancel()
}
