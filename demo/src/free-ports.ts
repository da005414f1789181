import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type Server } from 'node:net'

/** Below what Linux, macOS and Windows give to outgoing connections, so that none of those takes a port meanwhile. */
const [first, last] = [20_000, 32_767]
/** So many taken ports in a row are no chance any more. */
const maxTries = 100

/** Different ports on 127.0.0.1 that nobody listens on at this moment. */
export async function freePorts(count: number): Promise<number[]> {
  const held: { readonly port: number; readonly server: Server }[] = []
  for (let tries = 0; held.length < count; tries++) {
    const port = randomInt(first, last + 1)
    const server = createServer().listen(port, '127.0.0.1')
    try {
      await once(server, 'listening')
      held.push({ port, server })
    } catch (error) {
      if (tries >= maxTries + count) throw error
    }
  }
  await Promise.all(held.map(({ server }) => once(server.close(), 'close')))
  return held.map(({ port }) => port)
}
