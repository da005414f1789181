import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'

/** A TCP server on loopback that a test drives; closing it ends its connections. */
export class TestServer implements AsyncDisposable {
  readonly sockets = new Set<Socket>()
  /** Connections so far. */
  accepted = 0
  readonly #server: Server
  port = 0

  constructor(connection: (socket: Socket) => void) {
    this.#server = createServer({ noDelay: true, allowHalfOpen: true }, socket => {
      this.accepted++
      this.sockets.add(socket)
      socket.on('close', () => this.sockets.delete(socket))
      socket.on('error', () => {})
      connection(socket)
    })
  }

  async listen(port = 0): Promise<this> {
    this.#server.listen(port, '127.0.0.1')
    await once(this.#server, 'listening')
    const address = this.#server.address()
    if (address && typeof address === 'object') this.port = address.port
    return this
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.sockets) socket.destroy()
    this.#server.close()
    await once(this.#server, 'close')
  }
}
