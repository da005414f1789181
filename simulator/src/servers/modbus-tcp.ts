import { createServer, type Socket } from 'node:net'
import { decodeRequest, encodeException, encodeMbap, type MbapFrame, MbapReader } from '@lineside/device-profiles'
import type { ModbusUnit } from '../devices/modbus-unit.ts'
import type { Playing } from '../devices/playing.ts'
import type { DraftReply } from '../ledger/ledger.ts'
import type { ModbusServerLink } from '../plant/plant.ts'
import type { LinkPlayer } from './link-player.ts'
import { closeServer, listen } from './listen.ts'

/** Answers that may wait for a client that doesn't read; beyond it the server stops reading from that client. */
const mostWaitingBytes = 1_048_576

/** Clients at a time; another one is turned away. */
const mostConnections = 256

/**
 * A Modbus TCP server for several unit ids. Requests may be pipelined; answers come in their order, those to one piece
 * of the stream in one write. A unit id that is not there is answered as a gateway does, with exception 0x0B.
 */
export async function serveModbusTcp(
  link: ModbusServerLink,
  units: ReadonlyMap<number, ModbusUnit>,
  playing: Playing,
): Promise<LinkPlayer> {
  const sockets = new Set<Socket>()
  const server = createServer({ noDelay: true }, socket => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => socket.destroy())
    serve(socket, units, playing)
  })
  server.maxConnections = mostConnections
  const address = await listen(server, link.name, link.listen)
  return {
    name: link.name,
    kind: link.kind,
    address,
    [Symbol.asyncDispose]: () => closeServer(server, sockets, playing.clock),
  }
}

function serve(socket: Socket, units: ReadonlyMap<number, ModbusUnit>, playing: Playing): void {
  const reader = new MbapReader()
  socket.on('data', (chunk: Buffer) => {
    const read = reader.push(chunk)
    const answers: Uint8Array[] = []
    const drafts: DraftReply[] = []
    const tMs = playing.elapsed()
    for (const frame of read.frames) {
      const answer = answerTo(frame, units, tMs)
      if (answer === undefined) continue
      answers.push(encodeMbap(frame.transaction, frame.unitId, answer.pdu))
      if (answer.draft) drafts.push(answer.draft)
    }
    if (answers.length > 0) {
      socket.write(joined(answers), error => {
        // Only what the system took is in the ledger.
        if (!error) for (const draft of drafts) playing.ledger.add(draft)
      })
    }
    if (!read.ok) socket.end()
    else if (socket.writableLength > mostWaitingBytes) {
      socket.pause()
      socket.once('drain', () => socket.resume())
    }
  })
}

function joined(answers: readonly Uint8Array[]): Uint8Array {
  const [only] = answers
  return answers.length === 1 && only ? only : Buffer.concat(answers)
}

function answerTo(
  frame: MbapFrame,
  units: ReadonlyMap<number, ModbusUnit>,
  tMs: number,
): { readonly pdu: Uint8Array; readonly draft?: DraftReply } | undefined {
  const request = decodeRequest(frame.pdu)
  const unit = units.get(frame.unitId)
  if (unit === undefined) {
    const functionCode = request.kind === 'read' ? request.read.functionCode : request.functionCode
    return { pdu: encodeException(functionCode, 0x0b) }
  }
  if (unit.isSilent(tMs)) return undefined
  if (request.kind === 'refused') return { pdu: encodeException(request.functionCode, request.exception) }
  return unit.answer(request.read, tMs)
}
