import type { Socket } from 'node:net'

/**
 * What connections carried, both ways, with TLS and whatever a proxy was told: bytes above TCP. One that never came about
 * carried nothing. Of one that broke all counts that the system had been given for it: how much of it got away nobody knows.
 */
export class Traffic {
  readonly #open = new Set<Socket>()
  #closedBytes = 0
  #taken = 0

  add(socket: Socket): void {
    if (!socket.connecting) return this.#count(socket)
    // What waits for a connection is no traffic, though the socket counts it.
    socket.once('connect', () => this.#count(socket))
  }

  /** Bytes since it was asked last. */
  take(): number {
    const bytes = [...this.#open].reduce((sum, socket) => sum + carried(socket), this.#closedBytes)
    const fresh = bytes - this.#taken
    this.#taken = bytes
    return fresh
  }

  #count(socket: Socket): void {
    this.#open.add(socket)
    socket.once('close', () => {
      if (this.#open.delete(socket)) this.#closedBytes += carried(socket)
    })
  }
}

function carried({ bytesRead, bytesWritten }: Socket): number {
  return bytesRead + bytesWritten
}
