import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type { ChannelPlace } from '../../../agent/src/links/channel/byte-stream.ts'
import { serialPlace } from '../../../agent/src/links/channel/serial-port.ts'
import { tcpPlace } from '../../../agent/src/links/channel/tcp.ts'
import { openPseudoTerminal, type PseudoTerminal } from '../../../simulator/src/servers/pseudo-terminal.ts'
import { type Framing, honestPdu, rtu } from '../field/framing.ts'

/** How a peer ends a connection, at its first request. */
export const tcpBreaks = ['reset', 'end', 'cut_inside_a_frame', 'half_open', 'never_closed', 'refused'] as const
/** How an adapter goes: for a moment, inside a frame, never to answer again, or to come back under another name. */
export const portBreaks = ['unplugged', 'cut_inside_a_frame', 'half_open', 'other_name'] as const
export type TcpBreak = (typeof tcpBreaks)[number]
export type PortBreak = (typeof portBreaks)[number]

/** The other end of a line, which breaks it at every request, in each of the given ways in turn, until it is healed. */
export interface Peer extends AsyncDisposable {
  readonly place: ChannelPlace
  /** From now on it answers. */
  heal(): void
}

/** How long a port is away, or not listened on. */
const awayMs = 5
/** Requests after which every client has opened a silent port anew. */
const heldOut = 8
/** Less than any frame has. */
const partBytes = 7

function answerTo(framing: Framing, request: Parameters<Framing['answer']>[0]): Uint8Array {
  return framing.answer(request, honestPdu(request))
}

export async function startTcpPeer(framing: Framing, kinds: readonly TcpBreak[]): Promise<Peer> {
  const open = new Set<Socket>()
  let healed = false
  let n = 0
  let port = 0
  const server = createServer({ noDelay: true, allowHalfOpen: true }, socket => {
    const kind = kinds[n++ % kinds.length]
    const requests = framing.requests()
    open.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => open.delete(socket))
    // A peer that never ends its side would be the peer's leak: it lets go once the client has.
    socket.on('end', () => socket.destroy())
    socket.on('data', chunk => {
      for (const request of requests(chunk)) {
        const frame = answerTo(framing, { ...request, n: 0, sentMs: 0 })
        if (healed) socket.write(frame)
        else if (kind === 'reset') socket.resetAndDestroy()
        else if (kind === 'end') socket.end()
        else if (kind === 'cut_inside_a_frame') socket.end(frame.subarray(0, partBytes))
        else if (kind === 'never_closed') socket.write(frame.subarray(0, partBytes))
        else if (kind === 'refused') refuse(socket)
      }
    })
  })
  const refuse = (socket: Socket) => {
    if (!server.listening) return
    server.close()
    socket.resetAndDestroy()
    setTimeout(() => server.listen(port, '127.0.0.1'), awayMs)
  }
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address !== null && typeof address === 'object') port = address.port
  return {
    place: tcpPlace('127.0.0.1', port),
    heal: () => void (healed = true),
    async [Symbol.asyncDispose]() {
      if (!server.listening) await once(server, 'listening')
      for (const socket of open) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

/** A pseudo-terminal behind a name that stays, as of an adapter below /dev/serial/by-id. */
export async function startPortPeer(kinds: readonly PortBreak[]): Promise<Peer> {
  const folder = mkdtempSync(join(tmpdir(), 'lineside-breaks-'))
  const path = join(folder, 'adapter')
  let healed = false
  let n = 0
  let terminal: PseudoTerminal | undefined
  let plugging = plug()

  async function plug(): Promise<void> {
    const kind = kinds[n++ % kinds.length]
    const requests = rtu.requests()
    let unanswered = 0
    const opened = await openPseudoTerminal('line', path)
    terminal = opened
    opened.read(chunk => {
      for (const request of requests(chunk)) {
        const frame = answerTo(rtu, { ...request, n: 0, sentMs: 0 })
        if (healed) opened.write(frame)
        else if (terminal === opened && (kind !== 'half_open' || ++unanswered > heldOut)) {
          if (kind === 'cut_inside_a_frame') opened.write(frame.subarray(0, partBytes))
          terminal = undefined
          plugging = kind === 'other_name' ? renamed(opened) : pulled(opened)
        }
      }
    })
  }

  async function pulled(old: PseudoTerminal): Promise<void> {
    await old[Symbol.asyncDispose]()
    await wait(awayMs)
    await plug()
  }

  /** The new one is there before the old one is gone, and so has another number. */
  async function renamed(old: PseudoTerminal): Promise<void> {
    await plug()
    await old[Symbol.asyncDispose]()
  }

  await plugging
  return {
    place: serialPlace({ path, baud: 115_200, dataBits: 8, parity: 'none', stopBits: 1 }),
    heal: () => void (healed = true),
    async [Symbol.asyncDispose]() {
      await plugging
      await terminal?.[Symbol.asyncDispose]()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
