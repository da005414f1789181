import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { cutFields, joinFields } from './cut-fields.ts'

test.each([
  ['a,b', ['a', 'b']],
  ['', ['']],
  [',', ['', '']],
  [' a , b ', ['a', 'b']],
  ['"a, b",c', ['a, b', 'c']],
  ['"say ""yes""",2', ['say "yes"', '2']],
  ['"",""', ['', '']],
  ['""""', ['"']],
  ['5" pipe,7', ['5" pipe', '7']],
  ['a,"b"', ['a', 'b']],
])('%s is cut into %o', (text, fields) => {
  expect(cutFields(text, ',', true)).toStrictEqual(fields)
})

test.each(['"a', 'x,"a""', '"a"b,c', '"'])('quotes that do not end are no fields: %s', text => {
  expect(cutFields(text, ',', true)).toBe(undefined)
})

test('without quoting a quote is a character', () => {
  expect(cutFields('"a,b"', ',', false)).toStrictEqual(['"a', 'b"'])
  expect(joinFields(['a', 'b,'], ',', false)).toBe(undefined)
})

test('what was joined is cut again', () => {
  const field = fc.string({ unit: fc.constantFrom('a', '"', ';', '7'), maxLength: 6 })
  fc.assert(
    fc.property(fc.array(field, { minLength: 1, maxLength: 5 }), fields => {
      expect(cutFields(joinFields(fields, ';', true) ?? '', ';', true)).toStrictEqual(fields)
    }),
    { numRuns: 300 },
  )
})

test('a hostile line of the longest length is cut in one pass', () => {
  expect(cutFields('""'.repeat(2048), ',', true)).toHaveLength(1)
})
