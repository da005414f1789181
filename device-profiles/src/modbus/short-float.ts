import { powersOfTen } from './scale.ts'

/**
 * The double that prints as the shortest decimal which rounds to the float32 `value`: 230.2 for 230.1999969482422.
 * NaN and ±Infinity stay as they are.
 */
export function shortFloat(value: number): number {
  const size = Math.abs(value)
  if (size < 16_777_216 && size >= 0.001) {
    if (Number.isInteger(value)) return value
    for (let decimals = 1; decimals <= 12; decimals++) {
      const power = powersOfTen[decimals] ?? 1
      const candidate = Math.round(size * power) / power
      if (Math.fround(candidate) === size) return value < 0 ? -candidate : candidate
    }
  }
  return byPrecision(value)
}

function byPrecision(value: number): number {
  if (value === 0 || !Number.isFinite(value)) return value
  for (let digits = 1; digits < 9; digits++) {
    const candidate = Number(value.toPrecision(digits))
    if (Math.fround(candidate) === value) return candidate
  }
  return Number(value.toPrecision(9))
}
