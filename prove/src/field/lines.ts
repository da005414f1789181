import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import type { ChannelPlace } from '../../../agent/src/links/channel/byte-stream.ts'
import { serialPlace } from '../../../agent/src/links/channel/serial-port.ts'
import { tcpPlace } from '../../../agent/src/links/channel/tcp.ts'
import { openPseudoTerminal } from '../../../simulator/src/servers/pseudo-terminal.ts'
import { Gate } from './gate.ts'
import type { Adversary, Wire } from './adversary.ts'

/** A line to the adversary as a client finds it. */
export interface Line extends AsyncDisposable {
  readonly place: ChannelPlace
  /** Bytes that the kernel was too late with. */
  heldBack?(): number
}

/** Connections that the client has ended and the adversary never does; the oldest are let go. */
const maxNeverClosed = 20

/**
 * A TCP server that never ends its side. `shared`: one bus behind all connections, what is late comes on the newest.
 */
export async function listenTcp(adversary: Adversary, shared: boolean): Promise<Line> {
  const neverClosed: Socket[] = []
  const open = new Set<Socket>()
  let newest: Socket | undefined
  const server = createServer({ noDelay: true, allowHalfOpen: true }, socket => {
    newest = socket
    open.add(socket)
    const take = adversary.serve(wireOf(() => (shared ? newest : socket)))
    socket.on('data', take)
    socket.on('error', () => {})
    socket.on('close', () => open.delete(socket))
    socket.on('end', () => {
      neverClosed.push(socket)
      if (neverClosed.length > maxNeverClosed) neverClosed.shift()?.destroy()
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return {
    place: tcpPlace('127.0.0.1', address.port),
    async [Symbol.asyncDispose]() {
      for (const socket of open) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

function wireOf(socket: () => Socket | undefined): Wire {
  return {
    write(bytes) {
      const now = socket()
      if (now?.writable) now.write(bytes)
    },
    breakOff(how) {
      if (how === 'reset') socket()?.resetAndDestroy()
      else socket()?.end()
    },
  }
}

/** A pseudo-terminal with the adversary behind it. What it writes must be readable within `withinMs`. */
export async function openPty(adversary: Adversary, withinMs: number): Promise<Line> {
  // Without a name of its own nothing is left behind when this process is killed.
  const terminal = await openPseudoTerminal('line')
  const gate = new Gate(withinMs)
  terminal.read(adversary.serve({ write: bytes => gate.wrote(terminal.write(bytes)) }))
  const port = serialPlace({ path: terminal.slavePath, baud: 115_200, dataBits: 8, parity: 'none', stopBits: 1 })
  return {
    place: {
      name: port.name,
      open: events =>
        port.open({
          opened: () => events.opened(),
          bytes(chunk) {
            const inTime = gate.pass(chunk)
            if (inTime.length < chunk.length) adversary.trace.note('held back', chunk)
            if (inTime.length > 0) events.bytes(inTime)
          },
          broken: text => events.broken(text),
        }),
    },
    heldBack: () => gate.heldBack,
    [Symbol.asyncDispose]: () => terminal[Symbol.asyncDispose](),
  }
}
