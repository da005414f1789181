import { isReversed, isSwapped } from './read-words.ts'
import type { WordOrder } from './types.ts'

/** Of the number that is being written; a simulator writes tens of thousands a second. */
const scratch = new DataView(new ArrayBuffer(8))

/** Registers of an integer of 16, 32 or 64 bits, taken modulo 2^bits. */
export function integerWords(value: bigint, bits: number, order: WordOrder): number[] {
  scratch.setBigUint64(0, BigInt.asUintN(64, value))
  return wordsOf(scratch, 8 - bits / 8, 8, order)
}

export function floatWords(value: number, bits: 32 | 64, order: WordOrder): number[] {
  if (bits === 32) scratch.setFloat32(0, value)
  else scratch.setFloat64(0, value)
  return wordsOf(scratch, 0, bits / 8, order)
}

/** Registers of a text, two characters in each. */
export function textWords(bytes: Uint8Array, order: WordOrder): number[] {
  return wordsOf(new DataView(bytes.buffer, bytes.byteOffset), 0, bytes.length, order)
}

/** Bytes whose most significant one comes first, as an order puts them on the wire. */
function wordsOf(view: DataView, from: number, to: number, order: WordOrder): number[] {
  const words: number[] = []
  for (let at = from; at < to; at += 2) words.push(view.getUint16(at, isSwapped(order)))
  return isReversed(order) ? words.toReversed() : words
}
