declare global {
  interface JSON {
    /** Text that `JSON.stringify` writes as it is (TC39 JSON.parse source text access; in Node since 22). */
    rawJSON(text: string): { readonly rawJSON: string }
  }
}

const plainInteger = /^-?\d+$/
const shortestRun = 16

/**
 * Whether a text holds 16 digits in a row that could be a whole number of 2^53 or more. Looks at every 16th character
 * only, as no such run can lie between: three times as fast as a regular expression. A match inside a string costs
 * time, not correctness.
 */
function hasLongInteger(text: string): boolean {
  for (let at = shortestRun - 1; at < text.length; at += shortestRun) {
    if (!isDigit(text, at)) continue
    let from = at
    while (isDigit(text, from - 1)) from--
    let to = at
    while (isDigit(text, to + 1)) to++
    const next = text[to + 1]
    const isFractional = text[from - 1] === '.' || next === '.' || next === 'e' || next === 'E'
    if (!isFractional && to - from + 1 >= shortestRun) return true
    at = to
  }
  return false
}

function isDigit(text: string, at: number): boolean {
  const code = text.charCodeAt(at)
  return code >= 0x30 && code <= 0x39
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
 * others are doubles. A key `__proto__` is an own property like any other. Throws a SyntaxError as
 * `JSON.parse` does, and a RangeError where such a number stands in thousands of nested lists.
 */
export function parseJson(text: string): unknown {
  if (!hasLongInteger(text)) return JSON.parse(text)
  return JSON.parse(text, reviveLong)
}

export type ParseJson = (text: string) => unknown

/** `parseJson` for pieces of one text, which is looked through once: faster where they are many. */
export function parserWithin(text: string): ParseJson {
  return hasLongInteger(text) ? parseJson : parsePlain
}

function parsePlain(text: string): unknown {
  return JSON.parse(text)
}

const minInt64 = -(2n ** 63n)
const endUint64 = 2n ** 64n
/** Digits, with a sign: the time that a longer one takes to become a bigint grows with the square of its length. */
const longestInt64 = 20

function reviveLong(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  if (typeof value !== 'number' || Number.isSafeInteger(value) || !Number.isInteger(value)) return value
  const source = context?.source
  if (source === undefined || source.length > longestInt64 || !plainInteger.test(source)) return value
  const exact = BigInt(source)
  return exact >= minInt64 && exact < endUint64 ? exact : value
}
