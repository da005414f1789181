import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseDocument } from './parse.ts'
import { formatProblem } from './problem.ts'

const lines = (text: string) => parseDocument('f.yaml', text).problems.map(formatProblem)

const refusedTexts: readonly (readonly [name: string, text: string, ...lines: string[]])[] = [
  [
    'an anchor and its alias',
    'a: &x { b: 1 }\nc: *x',
    'f.yaml:1:7 a: &x is an anchor, and those are not used here; to share settings between devices write templates and use',
    'f.yaml:2:4 c: *x is an alias, and those are not used here; put a text that begins with * in "quotes"; to share settings between devices write templates and use',
  ],
  [
    'a merge',
    'a:\n  <<: { b: 1 }',
    'f.yaml:2:3 a.<<: merging with << is not used here; to share settings between devices write templates and use',
  ],
  ['a tag', 'a: !secret x', 'f.yaml:1:12 a: the tag !secret is not used here; write the value without it'],
  ['a standard tag', 'a: !!str 5', 'f.yaml:1:10 a: the tag !!str is not used here; write the value without it'],
  [
    'a key that is written twice',
    'a: 1\nb: 2\na: 3',
    'f.yaml:3:1 a: a is already written in line 1; remove one of the two',
  ],
  [
    'a key that reaches for the prototype',
    '__proto__: 1',
    'f.yaml:1:1 __proto__: a key can not be called __proto__; choose another name',
  ],
  [
    'a cron text without quotes',
    'cron: */15 * * * *',
    'f.yaml:1:7 cron: a text that begins with * must stand in quotes; write "*/15 * * * *"',
  ],
  ['a tab', 'a:\n\tb: 1', 'f.yaml:2:1 a.b: a tab is used to indent; indent with spaces'],
  [
    'a colon without a space',
    'every:10s\nb: 1',
    'f.yaml:1:1 every: there is no space behind the colon of every; write every: 10s',
  ],
  ['a quote that is not closed', 'a: "x\nb: 1', 'f.yaml:1:4 a: the quote is not closed; write "x"'],
  [
    'a second document',
    'a: 1\n---\nb: 2',
    'f.yaml:2:1 with --- another document begins; remove the line, or make what follows a file of its own',
  ],
  [
    'YAML 1.1',
    '%YAML 1.1\n---\na: yes',
    'f.yaml:1:1 YAML 1.1 is not supported; remove the line that begins with %YAML',
  ],
  ['a list as key', '? [a]\n: 1', 'f.yaml:1:3 a key must be a single word; put a text with brackets in "quotes"'],
]

test.each(refusedTexts)('says what is wrong with %s', (_name, text, ...expected) => {
  expect(lines(text)).toEqual(expected)
})

test('reads hexadecimal numbers as numbers, as keys too, and keeps every digit of 64-bit integers', () => {
  const { document, problems } = parseDocument('f.yaml', 'a: 0x0048\nb: 18446744073709551615\n0x0010: "43 66"\nc: off')
  expect(problems).toEqual([])
  expect(document?.value).toEqual({ a: 72, b: 18446744073709551615n, 16: '43 66', c: 'off' })
  expect(document?.locate(['16'], 'key')).toEqual({ file: 'f.yaml', line: 3, column: 1 })
  expect(document?.locate(['16'])).toEqual({ file: 'f.yaml', line: 3, column: 9 })
})

test('locates the nearest thing above a path that is not written', () => {
  const { document } = parseDocument('f.yaml', 'devices:\n  press:\n    link: a\n')
  expect(document?.locate(['devices', 'press', 'every'])).toEqual({ file: 'f.yaml', line: 2, column: 3 })
  expect(document?.locate(['links'])).toEqual({ file: 'f.yaml', line: 1, column: 1 })
})

test('finds nothing in a map that was not written there', () => {
  const { document } = parseDocument('f.yaml', 'a: 1\nconstructor: 2')
  expect(Object.getPrototypeOf(document?.value)).toBeNull()
  expect(document?.value).toEqual(Object.assign(Object.create(null), { a: 1, constructor: 2 }))
})

test('refuses what is too large or nested too deeply', () => {
  expect(lines(`a: "${'x'.repeat(1_048_576)}"`)).toEqual([
    'f.yaml:1:1 the file is larger than 1 MiB; split it and name the parts under include',
  ])
  const deep = parseDocument('f.yaml', `${'['.repeat(40)}${']'.repeat(40)}`)
  expect(deep.problems.map(problem => problem.message)).toEqual(['maps and lists are nested deeper than 32 levels'])
  const hostile = parseDocument('f.yaml', '['.repeat(50_000))
  expect(hostile.problems.length).toBeGreaterThan(0)
})

test('reads a file of comments as nothing', () => {
  expect(parseDocument('f.yaml', '# later\n')).toMatchObject({ document: { value: null }, problems: [] })
})

const snippets = [
  'a',
  ': ',
  '\n',
  '  ',
  '- ',
  '[',
  ']',
  '{',
  '}',
  '"',
  "'",
  '&x ',
  '*x',
  '!t ',
  '#',
  '|\n',
  '<<: ',
  '? ',
  '0x1',
  '%',
  '\t',
  '---\n',
  '\uFEFF',
  '__proto__',
]

test('never throws, and gives a document or says why not', () => {
  const texts = fc.oneof(
    fc.string(),
    fc.array(fc.constantFrom(...snippets), { maxLength: 40 }).map(parts => parts.join('')),
  )
  fc.assert(
    fc.property(texts, text => {
      const { document, problems } = parseDocument('f.yaml', text)
      expect(document !== undefined || problems.length > 0).toBe(true)
      for (const problem of problems) expect(Math.min(problem.line, problem.column)).toBeGreaterThan(0)
    }),
    { numRuns: 300 },
  )
})
