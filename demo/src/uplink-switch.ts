import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

/** A cable between agent and receiver that the demo can pull and plug in again. */
export interface UplinkSwitch extends AsyncDisposable {
  readonly port: number
  cut(): void
  restore(): void
}

/** Listens on a free loopback port and passes everything on to `targetPort`, until it is cut. */
export async function createUplinkSwitch(targetPort: number): Promise<UplinkSwitch> {
  const sockets = new Set<Socket>()
  let isCut = false
  const server = createServer(near => {
    if (isCut) {
      near.destroy()
      return
    }
    const far = connect(targetPort, '127.0.0.1')
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(one)
      one.on('error', () => one.destroy())
      one.on('close', () => {
        sockets.delete(one)
        other.destroy()
      })
    }
    near.pipe(far)
    far.pipe(near)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the uplink switch has no port')
  return {
    port: address.port,
    cut() {
      isCut = true
      for (const socket of sockets) socket.destroy()
    },
    restore() {
      isCut = false
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}
