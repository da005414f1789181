import type { ReadFunctionCode } from '../types.ts'
import { encodeIdentificationRequest, identificationBytes, type IdentificationPdu } from './identification.ts'

/** A read of coils (1), discrete inputs (2), holding (3) or input registers (4). */
export interface ReadPdu {
  readonly functionCode: ReadFunctionCode
  /** Zero-based. */
  readonly address: number
  /** Registers, 1…125, or bits, 1…2000. */
  readonly count: number
}

/** What a client of ours may ask: nothing that writes. */
export type ModbusQuery = ReadPdu | IdentificationPdu

export type ReadReply =
  | { readonly kind: 'data'; readonly data: Uint8Array }
  | { readonly kind: 'exception'; readonly code: number }
  /** Not an answer to this request: another function, another length. */
  | { readonly kind: 'foreign'; readonly text: string }

export type ServedRequest =
  | { readonly kind: 'read'; readonly read: ReadPdu }
  /** What the server has to answer instead. */
  | { readonly kind: 'refused'; readonly functionCode: number; readonly exception: number }

/** Data bytes in the answer to a read. */
export function replyBytes(read: ReadPdu): number {
  return read.functionCode <= 2 ? (read.count + 7) >> 3 : read.count * 2
}

/** `function · address (2) · count (2)`, or a request for identification. */
export function encodeRequest(query: ModbusQuery): Uint8Array {
  if (query.functionCode === 43) return encodeIdentificationRequest(query)
  const { functionCode, address, count } = query
  return Uint8Array.of(functionCode, address >> 8, address & 0xff, count >> 8, count & 0xff)
}

/**
 * `function · byte count · data` or `function + 0x80 · exception code`, checked against what was asked. Of an
 * identification the data is the whole PDU.
 */
export function decodeResponse(read: ModbusQuery, pdu: Uint8Array): ReadReply {
  const [functionCode, second] = pdu
  if (functionCode === undefined || second === undefined) {
    return { kind: 'foreign', text: `an answer of ${pdu.length} bytes` }
  }
  if (functionCode === (read.functionCode | 0x80)) {
    if (pdu.length === 2) return { kind: 'exception', code: second }
    return { kind: 'foreign', text: `an exception of ${pdu.length} bytes` }
  }
  if (functionCode !== read.functionCode) {
    return { kind: 'foreign', text: `function ${functionCode} in answer to function ${read.functionCode}` }
  }
  if (read.functionCode === 43) {
    if (identificationBytes(pdu, 0) === pdu.length) return { kind: 'data', data: pdu }
    return { kind: 'foreign', text: 'an identification that does not end where it says' }
  }
  const expected = replyBytes(read)
  if (second !== expected || pdu.length !== expected + 2) {
    return { kind: 'foreign', text: `${second} data bytes in a frame with ${pdu.length - 2}, expected ${expected}` }
  }
  return { kind: 'data', data: pdu.subarray(2) }
}

/** What a client asks of a server that only serves reads. */
export function decodeRequest(pdu: Uint8Array): ServedRequest {
  const [functionCode, addressHigh, addressLow, countHigh, countLow] = pdu
  if (functionCode !== 1 && functionCode !== 2 && functionCode !== 3 && functionCode !== 4) {
    return { kind: 'refused', functionCode: functionCode ?? 0, exception: 0x01 }
  }
  if (
    pdu.length !== 5 ||
    addressHigh === undefined ||
    addressLow === undefined ||
    countHigh === undefined ||
    countLow === undefined
  ) {
    return { kind: 'refused', functionCode, exception: 0x03 }
  }
  const address = (addressHigh << 8) | addressLow
  const count = (countHigh << 8) | countLow
  if (count < 1 || count > (functionCode <= 2 ? 2000 : 125)) return { kind: 'refused', functionCode, exception: 0x03 }
  if (address + count > 0x1_0000) return { kind: 'refused', functionCode, exception: 0x02 }
  return { kind: 'read', read: { functionCode, address, count } }
}

/** `function · byte count · data`. */
export function encodeResponse(functionCode: ReadFunctionCode, data: Uint8Array): Uint8Array {
  const pdu = new Uint8Array(data.length + 2)
  pdu[0] = functionCode
  pdu[1] = data.length
  pdu.set(data, 2)
  return pdu
}

/** `function + 0x80 · exception code`. */
export function encodeException(functionCode: number, exception: number): Uint8Array {
  return Uint8Array.of(functionCode | 0x80, exception)
}
