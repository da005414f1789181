/** One field of a protobuf message: its number, and what its wire type carries. */
export interface Field {
  readonly number: number
  readonly value: bigint | Uint8Array
  /** Bytes of a fixed field: 4 or 8; 0 for varints and length-delimited fields. */
  readonly fixed: 0 | 4 | 8
}

/**
 * Fields of a protobuf message, in their order (protobuf encoding: `key = number << 3 | wire type`, then a varint, 8
 * bytes, length and bytes, or 4 bytes). Undefined where the bytes are none; groups are none.
 */
export function readFields(bytes: Uint8Array): readonly Field[] | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const fields: Field[] = []
  let at = 0
  while (at < bytes.length) {
    const key = readVarint(bytes, at)
    if (!key || key.value > 0xffff_ffffn) return undefined
    at = key.end
    const number = Number(key.value >> 3n)
    const wire = Number(key.value & 7n)
    if (number === 0) return undefined
    if (wire === 0) {
      const varint = readVarint(bytes, at)
      if (!varint) return undefined
      fields.push({ number, value: varint.value, fixed: 0 })
      at = varint.end
    } else if (wire === 2) {
      const length = readVarint(bytes, at)
      if (!length || length.value > BigInt(bytes.length - length.end)) return undefined
      const end = length.end + Number(length.value)
      fields.push({ number, value: bytes.subarray(length.end, end), fixed: 0 })
      at = end
    } else if (wire === 1 || wire === 5) {
      const size = wire === 1 ? 8 : 4
      if (at + size > bytes.length) return undefined
      const value = size === 8 ? view.getBigUint64(at, true) : BigInt(view.getUint32(at, true))
      fields.push({ number, value, fixed: size })
      at += size
    } else return undefined
  }
  return fields
}

/** Seven bits a byte, low ones first, at most ten bytes and 64 bits. */
function readVarint(bytes: Uint8Array, from: number): { readonly value: bigint; readonly end: number } | undefined {
  // Almost all fit into 28 bits, which numbers do ten times as fast.
  let small = 0
  for (let i = 0; i < 4; i++) {
    const byte = bytes[from + i]
    if (byte === undefined) return undefined
    small |= (byte & 0x7f) << (7 * i)
    if (byte < 0x80) return { value: BigInt(small), end: from + i + 1 }
  }
  let value = BigInt(small)
  for (let i = 4; i < 10; i++) {
    const byte = bytes[from + i]
    if (byte === undefined) return undefined
    value |= BigInt(byte & 0x7f) << BigInt(7 * i)
    if (byte < 0x80) return value > 0xffff_ffff_ffff_ffffn ? undefined : { value, end: from + i + 1 }
  }
  return undefined
}
