// CRC-32C (Castagnoli), RFC 3720, appendix B.4: reflected polynomial 0x82f63b78. zlib's crc32 is another polynomial.
const table = new Uint32Array(256).map((_, byte) => {
  let crc = byte
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1
  return crc
})

/** CRC-32C of bytes, 0 … 2^32 − 1; `crc` goes on from an earlier result. */
export function crc32c(bytes: Uint8Array, crc = 0): number {
  let state = ~crc
  for (let i = 0; i < bytes.length; i++) state = (state >>> 8) ^ (table[(state ^ (bytes[i] ?? 0)) & 0xff] ?? 0)
  return ~state >>> 0
}

const utf8 = new TextEncoder()

/**
 * Checksum of a stored batch over its name and its bytes: a row that ended up under another name fails too. `last` is
 * the last seq of a member that several batches share, `clock` by which its times were taken where they are not known.
 */
export function batchChecksum(stream: string, seq: number, member: Uint8Array, last = seq, clock = 0): number {
  const name = last === seq ? `${stream}/${seq}` : `${stream}/${seq}-${last}`
  return crc32c(member, crc32c(utf8.encode(clock === 0 ? `${name}\n` : `${name}@${clock}\n`)))
}
