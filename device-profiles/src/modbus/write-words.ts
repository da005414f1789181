import { bytePosition } from './read-words.ts'
import type { WordOrder } from './profile.ts'

/** Registers of a value whose most significant byte comes first, as an order puts them on the wire. */
export function toWords(bytes: Uint8Array, order: WordOrder): number[] {
  const arranged = new Uint8Array(bytes.length)
  for (const [index, byte] of bytes.entries()) arranged[bytePosition(order, bytes.length, index)] = byte
  const view = new DataView(arranged.buffer)
  return Array.from({ length: bytes.length >> 1 }, (_, word) => view.getUint16(word * 2))
}

/** Big-endian bytes of an integer of 16, 32 or 64 bits, taken modulo 2^bits. */
export function integerBytes(value: bigint, bits: number): Uint8Array {
  const bytes = new Uint8Array(8)
  new DataView(bytes.buffer).setBigUint64(0, BigInt.asUintN(64, value))
  return bytes.subarray(8 - bits / 8)
}

export function floatBytes(value: number, bits: 32 | 64): Uint8Array {
  const view = new DataView(new ArrayBuffer(bits / 8))
  if (bits === 32) view.setFloat32(0, value)
  else view.setFloat64(0, value)
  return new Uint8Array(view.buffer)
}
