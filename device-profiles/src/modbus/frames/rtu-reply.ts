import { crc16 } from './crc16.ts'
import { exceptionNames } from './exceptions.ts'
import { identificationBytes } from './identification.ts'
import { type ModbusQuery, type ReadPdu, replyBytes } from './pdu.ts'

/** What received bytes hold of the answer that is waited for. */
export type RtuSearch =
  | { readonly kind: 'data'; readonly data: Uint8Array; readonly end: number }
  | { readonly kind: 'exception'; readonly code: number; readonly end: number }
  /** Nothing yet. Bytes before `keepFrom` can't be part of it any more. */
  | { readonly kind: 'none'; readonly keepFrom: number }

/** Bytes of a request to read: `unit · function · address (2) · count (2) · crc (2)`. */
export const rtuRequestBytes = 8

/** Longest frame (Modbus over serial line V1.02, 2.5.1.1). */
const maxFrameBytes = 256

/** Bytes of the whole answer to a read: `unit · function · byte count · data · crc (2)`; the most where it may vary. */
export function rtuReplyBytes(query: ModbusQuery): number {
  return query.functionCode === 43 ? maxFrameBytes : replyBytes(query) + 5
}

const exceptionBytes = 5

/**
 * Looks for the answer to one request wherever it begins: RTU marks no beginning of a frame, and noise or the answer of
 * another may stand before it. Only unit, function, length and CRC together make an answer. `end` is where it ends.
 */
export function findRtuReply(bytes: Uint8Array, unitId: number, query: ModbusQuery): RtuSearch {
  return query.functionCode === 43 ? findIdentification(bytes, unitId) : findRead(bytes, unitId, query)
}

function findRead(bytes: Uint8Array, unitId: number, read: ReadPdu): RtuSearch {
  const expected = replyBytes(read)
  let keepFrom = bytes.length
  for (let at = bytes.indexOf(unitId); at >= 0; at = bytes.indexOf(unitId, at + 1)) {
    const functionCode = bytes[at + 1]
    const third = bytes[at + 2]
    const isException = functionCode === (read.functionCode | 0x80)
    if (functionCode !== undefined && functionCode !== read.functionCode && !isException) continue
    if (third !== undefined && !isException && third !== expected) continue
    const end = at + (isException ? exceptionBytes : expected + 5)
    if (third === undefined || end > bytes.length) {
      keepFrom = Math.min(keepFrom, at)
    } else if (crcHolds(bytes, at, end)) {
      if (isException && !isPlausible(third, at, end, bytes)) continue
      if (isException) return { kind: 'exception', code: third, end }
      return { kind: 'data', data: bytes.slice(at + 3, end - 2), end }
    }
  }
  return { kind: 'none', keepFrom }
}

/**
 * A damaged answer whose first bytes look like a refusal meets the checksum of so short a frame once in 65,536 times. A
 * code that no specification knows is believed where it stands alone.
 */
function isPlausible(code: number, at: number, end: number, bytes: Uint8Array): boolean {
  return exceptionNames.has(code) || (at === 0 && end === bytes.length)
}

/** An identification is as long as its objects say. */
function findIdentification(bytes: Uint8Array, unitId: number): RtuSearch {
  let keepFrom = bytes.length
  for (let at = bytes.indexOf(unitId); at >= 0; at = bytes.indexOf(unitId, at + 1)) {
    const isException = bytes[at + 1] === 0xab
    const length = isException ? exceptionBytes - 3 : identificationBytes(bytes, at + 1)
    if (length === 0) continue
    const end = at + 1 + (length ?? maxFrameBytes) + 2
    if (end - at > maxFrameBytes && length !== undefined) continue
    if (length === undefined || end > bytes.length) keepFrom = Math.min(keepFrom, at)
    else if (crcHolds(bytes, at, end)) {
      if (isException) return { kind: 'exception', code: bytes[at + 2] ?? 0, end }
      return { kind: 'data', data: bytes.slice(at + 1, end - 2), end }
    }
  }
  return { kind: 'none', keepFrom }
}

/** Says what bytes were that held no answer; undefined: nothing in them came from the unit that was asked. */
export function describeNoRtuReply(bytes: Uint8Array, unitId: number, read: ModbusQuery): string | undefined {
  if (read.functionCode === 43) return undefined
  const expected = replyBytes(read)
  let text: string | undefined
  for (let at = bytes.indexOf(unitId); at >= 0; at = bytes.indexOf(unitId, at + 1)) {
    if (bytes[at + 1] !== read.functionCode) continue
    const length = bytes[at + 2]
    const end = at + 5 + expected
    if (length === expected) return end > bytes.length ? 'an answer that ended early' : 'an answer with a wrong CRC'
    text ??= `${length ?? 'no'} data bytes, expected ${expected}`
  }
  return text
}

export function crcHolds(bytes: Uint8Array, start: number, end: number): boolean {
  const crc = crc16(bytes.subarray(start, end - 2))
  return bytes[end - 2] === (crc & 0xff) && bytes[end - 1] === crc >> 8
}
