import type { WordOrder } from './types.ts'

/** Reads an unsigned integer at a byte offset. */
export type Read = (view: DataView, at: number) => number

/** 16 bits: only the byte swap of an order matters. */
export const read16: Readonly<Record<WordOrder, Read>> = {
  abcd: (view, at) => view.getUint16(at),
  cdab: (view, at) => view.getUint16(at),
  badc: (view, at) => view.getUint16(at, true),
  dcba: (view, at) => view.getUint16(at, true),
}

export const read32: Readonly<Record<WordOrder, Read>> = {
  abcd: (view, at) => view.getUint32(at),
  cdab: (view, at) => ((view.getUint16(at + 2) << 16) | view.getUint16(at)) >>> 0,
  badc: (view, at) => ((view.getUint16(at, true) << 16) | view.getUint16(at + 2, true)) >>> 0,
  dcba: (view, at) => view.getUint32(at, true),
}

/** Upper and lower half of 64 bits. */
export const read64: Readonly<Record<WordOrder, { readonly high: Read; readonly low: Read }>> = {
  abcd: { high: read32.abcd, low: (view, at) => view.getUint32(at + 4) },
  cdab: { high: (view, at) => read32.cdab(view, at + 4), low: read32.cdab },
  badc: { high: read32.badc, low: (view, at) => read32.badc(view, at + 4) },
  dcba: { high: (view, at) => view.getUint32(at + 4, true), low: read32.dcba },
}

/** Where byte `index` (0 is the most significant) of a value of `length` bytes lies, as an order puts it. */
export function bytePosition(order: WordOrder, length: number, index: number): number {
  const words = length >> 1
  const word = index >> 1
  return (isReversed(order) ? words - 1 - word : word) * 2 + (isSwapped(order) ? 1 - (index & 1) : index & 1)
}

/** The register with the lowest bits comes first. */
export function isReversed(order: WordOrder): boolean {
  return order === 'cdab' || order === 'dcba'
}

/** Each register comes with its lower byte first. */
export function isSwapped(order: WordOrder): boolean {
  return order === 'badc' || order === 'dcba'
}
