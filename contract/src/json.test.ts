import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseJson, stringifyJson } from './json.ts'

const value = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(number => (Object.is(number, -0) ? 0 : number)),
  fc.double({ min: 2 ** 53, max: 2 ** 70, noNaN: true }),
  fc.maxSafeInteger(),
  fc.bigInt({ min: 2n ** 53n, max: 2n ** 64n - 1n }),
  fc.bigInt({ min: -(2n ** 63n), max: -(2n ** 53n) }),
  fc.boolean(),
  fc.string(),
  fc.stringMatching(/^[:,-]?\d{15,20}[,}]?$/),
)

test('every value comes back as it was, of the same type', () => {
  fc.assert(
    fc.property(fc.oneof(value, fc.array(value), fc.dictionary(fc.string(), value)), original => {
      expect(parseJson(stringifyJson(original))).toEqual(original)
    }),
    { numRuns: 300 },
  )
})

test('a bigint is a plain integer with all its digits', () => {
  expect(stringifyJson({ energy: 18_446_744_073_709_551_615n, at: 1 })).toBe('{"energy":18446744073709551615,"at":1}')
  expect(parseJson('{"energy":18446744073709551615,"at":1}')).toEqual({ energy: 18_446_744_073_709_551_615n, at: 1 })
})

test('a double beyond 2^53 is written with an exponent and stays a double', () => {
  expect(stringifyJson({ a: 2 ** 60, b: 1n })).toBe('{"a":1.152921504606847e+18,"b":1}')
  expect(parseJson('[1e20,100000000000000000000,-9223372036854775809]')).toEqual([1e20, 1e20, -9223372036854775808])
})

test('the largest safe integers stay numbers and their neighbours become bigint', () => {
  expect(parseJson('[9007199254740991,-9007199254740991]')).toEqual([9007199254740991, -9007199254740991])
  expect(parseJson('[ 9007199254740992 ,-9007199254740993]')).toEqual([9007199254740992n, -9007199254740993n])
  expect(parseJson('9007199254740993')).toBe(9007199254740993n)
})

test('a number too long for a double is no reason to compute for long', () => {
  expect(parseJson(`[${'9'.repeat(100_000)}]`)).toEqual([Infinity])
  expect(parseJson(`[0.${'3'.repeat(1_000_000)}]`)).toEqual([1 / 3])
})

test('a key __proto__ changes no prototype', () => {
  for (const text of ['{"__proto__":{"admin":true}}', '{"__proto__":{"admin":true},"n":9007199254740993}']) {
    const parsed = parseJson(text)
    expect(Object.getPrototypeOf(parsed)).toBe(Object.prototype)
    expect(Object.hasOwn(Object(parsed), '__proto__')).toBe(true)
    expect(parsed).not.toHaveProperty('admin')
  }
})

test('what has no JSON text is an error', () => {
  const cycle: { self?: unknown } = {}
  cycle.self = cycle
  expect(() => stringifyJson(undefined)).toThrow('undefined has no JSON text')
  expect(() => stringifyJson(cycle)).toThrow(TypeError)
})
