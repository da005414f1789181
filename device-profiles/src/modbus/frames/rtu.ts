import { crc16 } from './crc16.ts'

export type RtuFrame =
  | { readonly ok: true; readonly unitId: number; readonly pdu: Uint8Array }
  | { readonly ok: false; readonly text: string }

/** `unit id (1) · pdu · crc (2, low byte first)`. */
export function encodeRtu(unitId: number, pdu: Uint8Array): Uint8Array {
  const frame = new Uint8Array(pdu.length + 3)
  frame[0] = unitId
  frame.set(pdu, 1)
  const crc = crc16(frame.subarray(0, pdu.length + 1))
  frame[pdu.length + 1] = crc & 0xff
  frame[pdu.length + 2] = crc >> 8
  return frame
}

/** Checks and opens one whole RTU frame. */
export function decodeRtu(frame: Uint8Array): RtuFrame {
  const [unitId] = frame
  if (unitId === undefined || frame.length < 4 || frame.length > 256) {
    return { ok: false, text: `a frame of ${frame.length} bytes, expected 4 to 256` }
  }
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength)
  const written = view.getUint16(frame.length - 2, true)
  const counted = crc16(frame.subarray(0, -2))
  if (written !== counted) return { ok: false, text: `crc 0x${hex(written)}, expected 0x${hex(counted)}` }
  return { ok: true, unitId, pdu: frame.subarray(1, -2) }
}

function hex(value: number): string {
  return value.toString(16).padStart(4, '0')
}
