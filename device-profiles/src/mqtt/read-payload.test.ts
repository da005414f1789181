import { expect, test } from 'vitest'
import { maxJsonDepth, maxPayloadBytes, readJson, readText } from './read-payload.ts'
import { readTime, writeTime } from './source-time.ts'

test('long integers keep all their digits', () => {
  expect(readJson('{"energy":9007199254740993}')).toStrictEqual({ ok: true, value: { energy: 9_007_199_254_740_993n } })
})

test.each(['', '{', '{"a":1}x', 'null', '7', '"text"', 'online', '{"a":NaN}', "{'a':1}"])('%s is refused', text => {
  expect(readJson(text)).toMatchObject({ ok: false, reason: 'malformed' })
})

function nested(depth: number): string {
  return `${'['.repeat(depth)}${']'.repeat(depth)}`
}

test('nesting is bounded before parsing, and brackets in strings do not count', () => {
  expect(readJson(nested(maxJsonDepth)).ok).toBe(true)
  expect(readJson(nested(maxJsonDepth + 1))).toMatchObject({ text: 'payload is nested deeper than 64' })
  expect(readJson('['.repeat(200_000))).toMatchObject({ ok: false })
  expect(readJson(JSON.stringify({ text: `\\"${nested(100)}` })).ok).toBe(true)
})

test('too long payloads and those that are not UTF-8 are refused', () => {
  expect(readText(new Uint8Array(maxPayloadBytes)).ok).toBe(true)
  expect(readText(new Uint8Array(maxPayloadBytes + 1))).toMatchObject({ ok: false, reason: 'malformed' })
  expect(readText(Uint8Array.of(0x41, 0xff))).toMatchObject({ ok: false, text: 'payload is not UTF-8' })
})

test.each([
  [1_708_179_956.3, ['s'], 1_708_179_956_300],
  ['1659365439', ['s'], 1_659_365_439_000],
  [1_772_362_800_123, ['iso', 'ms'], 1_772_362_800_123],
  ['2026-03-01T12:00:00+01:00', ['iso', 'ms'], 1_772_362_800_000],
  ['2026-03-01T11:00:00.123Z', ['iso'], 1_772_362_800_123],
  ['2026-03-01 06:30:00-0430', ['iso'], 1_772_362_800_000],
  [1.6, ['s'], undefined],
  [0, ['ms'], undefined],
  [-1, ['ms'], undefined],
  [1e300, ['s'], undefined],
  ['2026-03-01T12:00:00', ['iso'], undefined],
  ['2026-13-41T12:00:00Z', ['iso'], undefined],
  ['yesterday', ['iso', 's'], undefined],
  [null, ['s'], undefined],
  [1_708_179_956, ['iso'], undefined],
] as const)('the time %s as %s is %s', (raw, forms, expected) => {
  expect(readTime(raw, forms)).toBe(expected)
})

test('a time that was written is read again', () => {
  for (const form of ['s', 'ms', 'iso'] as const) {
    expect(readTime(writeTime(1_772_362_800_123, form), [form])).toBe(1_772_362_800_123)
  }
})
