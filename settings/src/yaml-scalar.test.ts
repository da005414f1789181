import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseDocument } from './parse.ts'
import { yamlScalar } from './yaml-scalar.ts'

test('a text comes back as that text, whatever it looks like', () => {
  const words = fc.constantFrom(
    'on',
    'No',
    '1e3',
    '0x10',
    '~',
    'a b',
    'a: b',
    '#x',
    '{',
    'kW.h',
    '%',
    'm3/h',
    '-',
    '2026-01-01',
  )
  fc.assert(
    fc.property(fc.oneof(words, fc.string({ unit: 'grapheme', maxLength: 12 })), text => {
      fc.pre(!/\p{Cc}|\p{Cs}/u.test(text))
      const { document, problems } = parseDocument('t.yaml', `{ a: ${yamlScalar(text)}, b: [${yamlScalar(text)}] }`)
      expect(problems).toEqual([])
      expect(document?.value).toEqual(Object.assign(Object.create(null), { a: text, b: [text] }))
    }),
  )
})

test('what is plain stays plain', () => {
  for (const text of ['eastron/sdm630', 'kW.h', 'hall-2', 'm3/h']) expect(yamlScalar(text)).toBe(text)
})
