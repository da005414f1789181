import {
  decodeRequest,
  encodeException,
  encodeMbap,
  encodeResponse,
  encodeRtu,
  MbapReader,
  type ReadPdu,
  RtuRequestReader,
} from '@lineside/device-profiles'

/** A request to read, on whichever line. */
export interface Request {
  /** 0 where there are none. */
  readonly transaction: number
  readonly unitId: number
  readonly read: ReadPdu
}

/** A request as the adversary received it. */
export interface Asked extends Request {
  /** Counted over the whole line, from 0. */
  readonly n: number
  /** When the client sent it. */
  readonly sentMs: number
}

/** How a line frames requests and answers. */
export interface Framing {
  readonly name: 'mbap' | 'rtu'
  /** A reader for one connection. */
  requests(): (chunk: Uint8Array) => readonly Request[]
  answer(asked: Asked, pdu: Uint8Array): Uint8Array
}

export const mbap: Framing = {
  name: 'mbap',
  requests() {
    const reader = new MbapReader()
    return chunk =>
      reader.push(chunk).frames.flatMap(({ transaction, unitId, pdu }) => {
        const request = decodeRequest(pdu)
        return request.kind === 'read' ? [{ transaction, unitId, read: request.read }] : []
      })
  },
  answer: ({ transaction, unitId }, pdu) => encodeMbap(transaction, unitId, pdu),
}

export const rtu: Framing = {
  name: 'rtu',
  requests() {
    const reader = new RtuRequestReader()
    return chunk =>
      reader.push(chunk).flatMap(({ unitId, pdu }) => {
        const request = decodeRequest(pdu)
        return request.kind === 'read' ? [{ transaction: 0, unitId, read: request.read }] : []
      })
  },
  answer: ({ unitId }, pdu) => encodeRtu(unitId, pdu),
}

/** From here on a unit has no registers: it answers with exception 2. */
export const firstIllegalAddress = 0x8000

/** Registers that say who was asked for what, by which request: unit · address (2) · request number (4), repeated. */
export function markedRegisters({ unitId, read, n }: Pick<Asked, 'unitId' | 'read' | 'n'>): Uint8Array {
  const mark = [unitId, read.address >> 8, read.address & 0xff, n >>> 24, (n >> 16) & 0xff, (n >> 8) & 0xff, n & 0xff]
  return Uint8Array.from({ length: read.count * 2 }, (_, i) => mark[i % mark.length] ?? 0)
}

/** Whether registers are those of this request of this unit, asked as one of the requests from `fromN` on. */
export function isMarkedFor(data: Uint8Array, unitId: number, read: ReadPdu, fromN: number): boolean {
  if (data.length !== read.count * 2) return false
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength)
  const n = view.getUint32(3)
  const expected = markedRegisters({ unitId, read, n })
  return n >= fromN && data.every((byte, i) => byte === expected[i])
}

export function honestPdu(asked: Asked): Uint8Array {
  const { read } = asked
  if (read.address >= firstIllegalAddress) return encodeException(read.functionCode, 2)
  return encodeResponse(read.functionCode, markedRegisters(asked))
}
