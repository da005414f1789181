const exactPowers = Array.from({ length: 23 }, (_, n) => Number(`1e${n}`))

/**
 * The double nearest to the shortest decimal that rounds to this float32 (IEEE 754 binary32): 230.2 for 0x43663333,
 * whose exact value is 230.1999969482421875. Rounds other doubles to float32 first; NaN and infinities stay.
 */
export function shortestFloat32(value: number): number {
  const single = Math.fround(value)
  const size = Math.abs(single)
  // Whole numbers below 2^24 are their own shortest decimals.
  if (size < 16_777_216 && Math.trunc(single) === single) return single
  if (!(size >= 1e-15 && size < 1e21)) return searched(single)
  // 6 digits are never ambiguous, 9 always suffice. With at most 9 digits and a power of ten that a double holds
  // exactly (up to 10^22), one multiplication or division rounds correctly to the decimal's double.
  const exponent = Math.floor(Math.log10(size))
  for (let digits = 6; digits <= 9; digits++) {
    const candidate = rounded(single, digits - 1 - exponent)
    if (Math.fround(candidate) === single) return candidate
  }
  return searched(single)
}

/** Nearest multiple of 10^−places. */
function rounded(value: number, places: number): number {
  if (places >= 0) {
    const power = exactPowers[places]
    return power === undefined ? Number.NaN : Math.round(value * power) / power
  }
  const power = exactPowers[-places]
  return power === undefined ? Number.NaN : Math.round(value / power) * power
}

function searched(single: number): number {
  if (!Number.isFinite(single)) return single
  for (let digits = 1; digits < 9; digits++) {
    const candidate = Number(single.toPrecision(digits))
    if (Math.fround(candidate) === single) return candidate
  }
  return Number(single.toPrecision(9))
}
