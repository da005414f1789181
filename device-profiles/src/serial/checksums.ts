import type { ChecksumName } from './profile.ts'

export interface ChecksumKind {
  /** Hexadecimal digits it is written with. */
  readonly digits: 2 | 4
  /** Over bytes `from` … `to` − 1. */
  readonly compute: (bytes: Uint8Array, from: number, to: number) => number
}

export const checksumKinds: Readonly<Record<ChecksumName, ChecksumKind>> = {
  xor8: { digits: 2, compute: xor8 },
  sum8: { digits: 2, compute: sum8 },
  crc16_arc: { digits: 4, compute: (bytes, from, to) => crc16(bytes, from, to, 0) },
  crc16_modbus: { digits: 4, compute: (bytes, from, to) => crc16(bytes, from, to, 0xffff) },
}

function xor8(bytes: Uint8Array, from: number, to: number): number {
  let sum = 0
  for (let i = from; i < to; i++) sum ^= bytes[i] ?? 0
  return sum
}

function sum8(bytes: Uint8Array, from: number, to: number): number {
  let sum = 0
  for (let i = from; i < to; i++) sum += bytes[i] ?? 0
  return sum & 0xff
}

/** Reflected polynomial 0xA001 (0x8005), as both CRC-16/ARC and CRC-16/MODBUS have it. */
const crc16Table = Uint16Array.from({ length: 256 }, (_, index) => {
  let crc = index
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xa001 : crc >>> 1
  return crc
})

function crc16(bytes: Uint8Array, from: number, to: number, start: number): number {
  let sum = start
  for (let i = from; i < to; i++) sum = (sum >>> 8) ^ (crc16Table[(sum ^ (bytes[i] ?? 0)) & 0xff] ?? 0)
  return sum
}
