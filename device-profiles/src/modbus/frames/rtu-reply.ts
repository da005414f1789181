import { crc16 } from './crc16.ts'
import { type ReadPdu, replyBytes } from './pdu.ts'

/** What received bytes hold of the answer that is waited for. */
export type RtuSearch =
  | { readonly kind: 'data'; readonly data: Uint8Array; readonly end: number }
  | { readonly kind: 'exception'; readonly code: number; readonly end: number }
  /** Nothing yet. Bytes before `keepFrom` can't be part of it any more. */
  | { readonly kind: 'none'; readonly keepFrom: number }

/** Bytes of a request to read: `unit · function · address (2) · count (2) · crc (2)`. */
export const rtuRequestBytes = 8

/** Bytes of the whole answer to a read: `unit · function · byte count · data · crc (2)`. */
export function rtuReplyBytes(read: ReadPdu): number {
  return replyBytes(read) + 5
}

const exceptionBytes = 5

/**
 * Looks for the answer to one read wherever it begins: RTU marks no beginning of a frame, and noise or the answer of
 * another may stand before it. Only unit, function, length and CRC together make an answer. `end` is where it ends.
 */
export function findRtuReply(bytes: Uint8Array, unitId: number, read: ReadPdu): RtuSearch {
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
      if (isException) return { kind: 'exception', code: third, end }
      return { kind: 'data', data: bytes.slice(at + 3, end - 2), end }
    }
  }
  return { kind: 'none', keepFrom }
}

/** Says what bytes were that held no answer; undefined: nothing in them came from the unit that was asked. */
export function describeNoRtuReply(bytes: Uint8Array, unitId: number, read: ReadPdu): string | undefined {
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
