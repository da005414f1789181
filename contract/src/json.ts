declare global {
  interface JSON {
    /** Text that `JSON.stringify` writes as it is (TC39 JSON.parse source text access; in Node since 22). */
    rawJSON(text: string): { readonly rawJSON: string }
  }
}

const digitRun = /\d{16}/
// A whole JSON number of 16 digits or more, without fraction and exponent. It may match inside a string: only slower.
const longInteger = /(?:^|[:,[\s-])\d{16,}(?:[,\]}\s]|$)/
const plainInteger = /^-?\d+$/

function hasLongInteger(text: string): boolean {
  return digitRun.test(text) && longInteger.test(text)
}

/**
 * JSON as `JSON.stringify` gives it, but a bigint becomes a plain integer with all its digits, and a double that is a
 * whole number of 2^53 or more is written with an exponent, so that it is read back as a double.
 * Throws a TypeError on what JSON has no text for: undefined, a function, a cycle.
 */
export function stringifyJson(value: unknown): string {
  let text: string | undefined
  try {
    text = JSON.stringify(value)
    if (text !== undefined && !hasLongInteger(text)) return text
  } catch {
    // A bigint, or something that fails once more below.
  }
  text = JSON.stringify(value, replaceLong)
  if (text === undefined) throw new TypeError(`${typeof value} has no JSON text`)
  return text
}

function replaceLong(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return JSON.rawJSON(value.toString())
  if (typeof value !== 'number' || Number.isSafeInteger(value) || !Number.isInteger(value)) return value
  return JSON.rawJSON(value.toExponential())
}

/**
 * Parses JSON; whole numbers beyond ±(2^53 − 1) that fit 64 bits (−2^63 … 2^64 − 1) become bigint without loss, all
 * others are doubles. A key `__proto__` is an own property like any other. Throws a SyntaxError as `JSON.parse` does.
 */
export function parseJson(text: string): unknown {
  if (!hasLongInteger(text)) return JSON.parse(text)
  return JSON.parse(text, reviveLong)
}

const minInt64 = -(2n ** 63n)
const endUint64 = 2n ** 64n

function reviveLong(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  if (typeof value !== 'number' || Number.isSafeInteger(value) || !Number.isInteger(value)) return value
  const source = context?.source
  if (source === undefined || !plainInteger.test(source)) return value
  const exact = BigInt(source)
  return exact >= minInt64 && exact < endUint64 ? exact : value
}
