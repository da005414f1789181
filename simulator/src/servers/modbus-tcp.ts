import type { Socket } from 'node:net'
import { encodeException, encodeMbap, type MbapFrame, MbapReader } from '@lineside/device-profiles'
import type { ModbusAnswer, ModbusUnit } from '../devices/modbus-unit.ts'
import type { Playing } from '../devices/playing.ts'
import type { DraftReply } from '../ledger/ledger.ts'
import type { ModbusServerLink } from '../plant/plant.ts'
import { acceptClients } from './accept-clients.ts'
import type { LinkPlayer } from './link-player.ts'
import { answerPdu } from './modbus-answer.ts'

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
  const clients = await acceptClients(link, mostConnections, playing.clock, socket => serve(socket, units, playing))
  return {
    name: link.name,
    kind: link.kind,
    address: clients.address,
    [Symbol.asyncDispose]: () => clients[Symbol.asyncDispose](),
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
  { unitId, pdu }: MbapFrame,
  units: ReadonlyMap<number, ModbusUnit>,
  tMs: number,
): ModbusAnswer | undefined {
  const unit = units.get(unitId)
  return unit === undefined ? { pdu: encodeException(pdu[0] ?? 0, 0x0b) } : answerPdu(unit, pdu, tMs)
}
