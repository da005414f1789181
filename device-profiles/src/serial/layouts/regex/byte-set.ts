/** Some of the bytes 0…255, bit n standing for byte n. */
export type ByteSet = bigint

export const noByte: ByteSet = 0n
export const anyByte: ByteSet = (1n << 256n) - 1n

/** Bytes `from` … `to`, both included. */
export function byteRange(from: number, to = from): ByteSet {
  return ((1n << BigInt(to - from + 1)) - 1n) << BigInt(from)
}

const digits = byteRange(0x30, 0x39)
const wordCharacters = digits | byteRange(0x41, 0x5a) | byteRange(0x61, 0x7a) | byteRange(0x5f)
const spaces = byteRange(0x09, 0x0d) | byteRange(0x20) | byteRange(0xa0)

/** What `\d` and its like stand for. */
export const classEscapes: Readonly<Record<string, ByteSet>> = {
  d: digits,
  D: anyByte & ~digits,
  w: wordCharacters,
  W: anyByte & ~wordCharacters,
  s: spaces,
  S: anyByte & ~spaces,
}

export function hasByte(set: ByteSet, byte: number): boolean {
  return ((set >> BigInt(byte)) & 1n) === 1n
}

/** One of the set, a usual one if there is one; undefined where it is empty. */
export function someByte(set: ByteSet): string | undefined {
  const usual = ' ,;:=.0A'.split('').find(c => hasByte(set, c.charCodeAt(0)))
  if (usual !== undefined || set === noByte) return usual
  const printable = set & byteRange(0x21, 0x7e)
  return String.fromCharCode((printable === noByte ? set : printable).toString(2).split('').toReversed().indexOf('1'))
}
