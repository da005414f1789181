import { encodeRtu, type RtuRequest, RtuRequestReader } from '@lineside/device-profiles'
import type { ModbusUnit } from '../devices/modbus-unit.ts'
import type { Playing } from '../devices/playing.ts'
import type { ModbusRtuTcpServerLink, ModbusRtuServerLink } from '../plant/plant.ts'
import { acceptClients } from './accept-clients.ts'
import type { LinkPlayer } from './link-player.ts'
import { answerPdu } from './modbus-answer.ts'
import { openPseudoTerminal } from './pseudo-terminal.ts'

/** Clients at a time; another one is turned away. A line has one client, and a second to look on. */
const mostConnections = 16
/** Unit id of a request to all, which nobody answers. */
const broadcast = 0

/** RTU frames over TCP, as behind a serial device server. Units that are not there say nothing, as on a line. */
export async function serveModbusRtuTcp(
  link: ModbusRtuTcpServerLink,
  units: ReadonlyMap<number, ModbusUnit>,
  playing: Playing,
): Promise<LinkPlayer> {
  const clients = await acceptClients(link, mostConnections, playing.clock, socket => {
    socket.on(
      'data',
      answerer(units, playing, (bytes, sent) => socket.write(bytes, error => !error && sent())),
    )
  })
  return {
    name: link.name,
    kind: link.kind,
    address: clients.address,
    [Symbol.asyncDispose]: () => clients[Symbol.asyncDispose](),
  }
}

/** RTU on a pseudo-terminal, which others open as a serial port. */
export async function serveModbusRtu(
  link: ModbusRtuServerLink,
  units: ReadonlyMap<number, ModbusUnit>,
  playing: Playing,
): Promise<LinkPlayer> {
  const terminal = await openPseudoTerminal(link.name, link.path)
  const write = (bytes: Uint8Array, sent: () => void) => terminal.write(bytes) === bytes.length && sent()
  terminal.read(answerer(units, playing, write))
  return {
    name: link.name,
    kind: link.kind,
    address: link.path,
    [Symbol.asyncDispose]: () => terminal[Symbol.asyncDispose](),
  }
}

/** Takes what comes over a line and answers it; `sent` is called when the system took the answer. */
function answerer(
  units: ReadonlyMap<number, ModbusUnit>,
  playing: Playing,
  write: (bytes: Uint8Array, sent: () => void) => unknown,
): (chunk: Uint8Array) => void {
  const reader = new RtuRequestReader()
  return chunk => {
    for (const request of reader.push(chunk)) answer(request, units, playing, write)
  }
}

function answer(
  { unitId, pdu }: RtuRequest,
  units: ReadonlyMap<number, ModbusUnit>,
  playing: Playing,
  write: (bytes: Uint8Array, sent: () => void) => unknown,
): void {
  const unit = unitId === broadcast ? undefined : units.get(unitId)
  const answered = unit && answerPdu(unit, pdu, playing.elapsed())
  if (!answered) return
  // Only what the system took is in the ledger.
  write(encodeRtu(unitId, answered.pdu), () => answered.draft && playing.ledger.add(answered.draft))
}
