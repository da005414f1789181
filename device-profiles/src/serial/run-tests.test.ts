import { expect, test } from 'vitest'
import { runSerialTests } from './run-tests.ts'
import { serialProfile } from './testing.ts'

const thing = (tests: string, pattern = '(?<t>[0-9]{3})C (?<h>[0-9]+)%') =>
  runSerialTests(
    serialProfile(`
framing: { lines: "\\n" }
messages: { line: { regex: '${pattern}' } }
points:
  t: { from: { message: line, field: t }, type: number, unit: Cel }
  h: { from: { message: line, field: h }, type: integer, unit: "%" }
tests: [${tests}]
`),
  )

const told = (tests: string) => thing(tests).map(({ where, message }) => `${where}: ${message}`)

test('a profile whose form has no room for some values is tried with the others', () => {
  expect(thing('{ input: "023C 45%\\n", expect: { t: 23, h: 45 } }')).toStrictEqual([])
})

test('what a vector expects is compared with what comes out', () => {
  expect(told('{ input: "023C 45%\\n", expect: { t: 24 } }')).toStrictEqual([
    'tests 0: t: expected 24, got 23',
    'tests 0: h: expected nothing, got 45',
  ])
  expect(told('{ input: "23C\\n", expect: { t: 23 } }')).toStrictEqual([
    'tests 0: expected readings, got malformed ("23C" is no message of test/device)',
  ])
  expect(told('{ input: "023C 45%\\n023C 46%\\n", expect: { t: 23, h: 46 } }')).toStrictEqual([
    'tests 0: the input makes 2 frames, not one behind others of no interest',
  ])
  expect(told('{ input: "023C 45%\\n", expect: { t: 23, h: 45 }, t: 7 }')).toStrictEqual([
    'tests 0: source time: expected 7, got undefined',
  ])
})
