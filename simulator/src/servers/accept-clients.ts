import { createServer, type Socket } from 'node:net'
import type { Clock } from '@lineside/contract'
import type { Endpoint } from '@lineside/settings'
import { closeServer, listen } from './listen.ts'

export interface Clients extends AsyncDisposable {
  /** Where the server listens, as `host:port`. */
  readonly address: string
  readonly sockets: ReadonlySet<Socket>
}

/** Listens for up to `most` clients at a time; another one is turned away. Throws `address_in_use`. */
export async function acceptClients(
  link: { readonly name: string; readonly listen: Endpoint },
  most: number,
  clock: Clock,
  serve: (socket: Socket) => void,
): Promise<Clients> {
  const sockets = new Set<Socket>()
  const server = createServer({ noDelay: true }, socket => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => socket.destroy())
    serve(socket)
  })
  server.maxConnections = most
  const address = await listen(server, link.name, link.listen)
  return { address, sockets, [Symbol.asyncDispose]: () => closeServer(server, sockets, clock) }
}
