const decimal = /^([+-]?) *((?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?)$/
const whole = /^([+-]?) *(\d{1,40})$/
const minInt64 = -(2n ** 63n)
const endUint64 = 2n ** 64n

/** A decimal number that is the whole text; scales put spaces between sign and digits. No hexadecimal, no infinity. */
export function parseDecimal(text: string): number | undefined {
  const match = decimal.exec(text)
  if (!match) return undefined
  const value = Number(`${match[1]}${match[2]}`)
  return Number.isFinite(value) ? value + 0 : undefined
}

/** An integer that is the whole text: bigint beyond ±(2^53 − 1), undefined beyond 64 bits. */
export function parseWhole(text: string): number | bigint | undefined {
  const match = whole.exec(text)
  if (!match) return undefined
  const value = Number(`${match[1]}${match[2]}`)
  if (Number.isSafeInteger(value)) return value + 0
  const exact = match[1] === '-' ? -BigInt(match[2] ?? '') : BigInt(match[2] ?? '')
  return exact >= minInt64 && exact < endUint64 ? exact : undefined
}

/** A number with a fixed count of decimals, or as many as it needs up to 15 significant digits. */
export function formatDecimal(value: number, decimals: number | undefined): string | undefined {
  if (!Number.isFinite(value)) return undefined
  const text = decimals === undefined ? String(Number(value.toPrecision(15))) : value.toFixed(decimals)
  return parseDecimal(text) === undefined ? undefined : text
}
