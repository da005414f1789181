import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatLayout } from './format.ts'
import { parseFormat } from './parse-format.ts'

function layoutOf(format: string) {
  const parsed = parseFormat(format)
  if (!parsed.ok) throw new Error(parsed.problem)
  return formatLayout(parsed.format)
}

test.each([
  ['S {status:1}[ {value>10} {unit}]', 'S S     100.00 g', ['S', '100.00', 'g']],
  ['S {status:1}[ {value>10} {unit}]', 'S S 100.00 g', ['S', '100.00', 'g']],
  ['S {status:1}[ {value>10} {unit}]', 'S + ', ['+']],
  ['{status},{kind},{value:9}{unit}', 'ST,GS,+ 12.3450kg', ['ST', 'GS', '+ 12.3450', 'kg']],
  ['{sign:1}{gap:1}{value:8} {unit:3}', '+   123.45 g  ', ['+', '', '123.45', 'g']],
  ['T={t};H={h}', 'T=23.4;H=', ['23.4', '']],
  ['\\[{a}\\]', '[7]', ['7']],
  ['{a} {b}', 'x     y z', ['x', 'y z']],
])('%s takes "%s" apart', (format, text, expected) => {
  expect(layoutOf(format).read(text)).toStrictEqual(expected)
})

test.each([
  ['S {status:1}[ {value>10} {unit}]', 'S'],
  ['S {status:1}[ {value>10} {unit}]', 'S S 100.00'],
  ['S {status:1}[ {value>10} {unit}]', '100.00 g'],
  ['S {status:1}[ {value>10} {unit}]', 'S  100.00 g'],
  ['T={t};H={h}', 'T=23.4'],
  ['E{code:1}', 'ES1'],
])('%s does not fit "%s"', (format, text) => {
  expect(layoutOf(format).read(text)).toBe('other')
})

test.each([
  ['', 'empty'],
  ['{value}{unit}', 'where {value} ends'],
  ['{Value}', 'not a field'],
  ['{value', 'not a field'],
  ['{value:0}', 'not a field'],
  ['{a} {a}', 'twice'],
  ['{a}[ {b}', 'has no ]'],
  ['{a}[ {b}] {c}', 'at the end'],
  ['{a}[ {b}[ {c}]', 'only one part'],
])('the format "%s" is refused: %s', (format, why) => {
  const parsed = parseFormat(format)
  expect(parsed.ok ? '' : parsed.problem).toContain(why)
})

test('what was written is read again', () => {
  const layout = layoutOf('S {status:1}[ {value>10} {unit}]')
  const token = fc.string({ unit: fc.constantFrom('0', '1', '9', '.', '-', 'g', 'k'), minLength: 1, maxLength: 14 })
  fc.assert(
    fc.property(fc.constantFrom('S', 'D'), token, token, (status, value, unit) => {
      const line = layout.write(new Map(Object.entries({ status, value, unit })))
      expect(layout.read(line ?? '')).toStrictEqual([status, value, unit])
    }),
    { numRuns: 200 },
  )
  expect(layout.write(new Map([['status', '+']]))).toBe('S +')
  expect(layout.write(new Map([['status', 'SS']]))).toBe(undefined)
})

test('a hostile line of the longest length is read in one pass', () => {
  const layout = layoutOf('{a} {b} {c} {d}x')
  expect(layout.read(`${' '.repeat(4000)}${'a '.repeat(48)}`)).toBe('other')
})
