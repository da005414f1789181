/** The number a packed BCD word holds, most significant digit first; NaN where a nibble is no digit. */
export function decodeBcd(raw: number): number {
  if (Number.isNaN(raw)) return raw
  let value = 0
  for (let shift = 28; shift >= 0; shift -= 4) {
    const digit = (raw >>> shift) & 0xf
    if (digit > 9) return Number.NaN
    value = value * 10 + digit
  }
  return value
}

/** Packed BCD of a whole number of at most eight digits. */
export function encodeBcd(value: number): number {
  let raw = 0
  let rest = value
  for (let shift = 0; shift < 32; shift += 4) {
    raw |= (rest % 10) << shift
    rest = Math.floor(rest / 10)
  }
  return raw >>> 0
}
