import type { Socket } from 'node:net'

/** What connections carried, both ways, with TLS and whatever a proxy was told: bytes above TCP. */
export class Traffic {
  readonly #open = new Set<Socket>()
  #closedBytes = 0
  #taken = 0

  add(socket: Socket): void {
    this.#open.add(socket)
    socket.once('close', () => {
      if (this.#open.delete(socket)) this.#closedBytes += carried(socket)
    })
  }

  /** Bytes since it was asked last. */
  take(): number {
    const bytes = [...this.#open].reduce((sum, socket) => sum + carried(socket), this.#closedBytes)
    const fresh = bytes - this.#taken
    this.#taken = bytes
    return fresh
  }
}

function carried({ bytesRead, bytesWritten }: Socket): number {
  return bytesRead + bytesWritten
}
