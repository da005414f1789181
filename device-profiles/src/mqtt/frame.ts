import type { MqttBits, MqttFrame } from './profile.ts'

const hexForm = /^(?:[0-9a-f]{2})*$/i

/** Bytes of a frame that a message carries as hexadecimal text. `other`: it is another kind of frame. */
export function readFrame(raw: unknown, frame: MqttFrame): Uint8Array | 'other' | 'malformed' {
  if (raw === undefined) return 'other'
  if (typeof raw !== 'string' || raw.length > 2048) return 'malformed'
  const text = raw.trim()
  if (!hexForm.test(text)) return 'malformed'
  if (!text.toLowerCase().startsWith(frame.prefix.toLowerCase())) return 'other'
  return text.length < frame.bytes * 2 ? 'malformed' : Uint8Array.from(Buffer.from(text, 'hex'))
}

/** The integer in a run of bits, most significant first. */
export function readBits(bytes: Uint8Array, { first, count, signed }: MqttBits): number {
  let value = 0
  for (let bit = first; bit < first + count; bit++)
    value = value * 2 + (((bytes[bit >> 3] ?? 0) >> (7 - (bit & 7))) & 1)
  return signed && value >= 2 ** (count - 1) ? value - 2 ** count : value
}

/** Whether an integer fits into so many bits. */
export function fitsBits(value: number, { count, signed }: MqttBits): boolean {
  const [least, most] = signed ? [-(2 ** (count - 1)), 2 ** (count - 1) - 1] : [0, 2 ** count - 1]
  return Number.isInteger(value) && value >= least && value <= most
}

export function putBits(bytes: Uint8Array, { first, count }: MqttBits, value: number): void {
  let rest = value < 0 ? value + 2 ** count : value
  for (let bit = first + count - 1; bit >= first; bit--) {
    const mask = 1 << (7 - (bit & 7))
    const old = bytes[bit >> 3] ?? 0
    bytes[bit >> 3] = rest % 2 === 1 ? old | mask : old & ~mask
    rest = Math.floor(rest / 2)
  }
}

/** A frame with nothing in it but its prefix. */
export function emptyFrame({ prefix, bytes }: MqttFrame): Uint8Array {
  const frame = new Uint8Array(bytes)
  frame.set(Buffer.from(prefix, 'hex'))
  return frame
}

export function frameText(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex').toUpperCase()
}
