import { expect, test } from 'vitest'
import * as z from 'zod'
import { duration, durationBetween } from './duration.ts'
import { endpoint } from './endpoint.ts'
import { jsonSchema } from './json-schema.ts'
import { name } from './name.ts'
import { parseDocument } from './parse.ts'
import { formatProblem } from './problem.ts'
import { secretRef } from './secret-ref.ts'
import { size } from './size.ts'
import { validate } from './validate.ts'

const schema = z.strictObject({
  every: duration,
  baud: z.int().min(1).max(9).optional(),
  parity: z.enum(['none', 'even']).optional(),
  at: endpoint(502).optional(),
  token: secretRef.optional(),
  size: size.optional(),
  rule: z
    .union([z.strictObject({ window: duration, limit: z.number() }), z.strictObject({ low: z.number() })])
    .optional(),
  point: z.union([z.literal('off'), z.strictObject({ every: duration })]).optional(),
  list: z.array(z.string()).min(1).optional(),
  text: z.string().min(1).optional(),
  number: z.number().optional(),
  beat: durationBetween('10ms', '1d').optional(),
  tags: z.record(name, z.string()).optional(),
})

function lines(text: string): readonly string[] {
  const { document, problems } = parseDocument('f.yaml', text)
  expect(problems).toEqual([])
  return document === undefined ? [] : validate(schema, document).problems.map(formatProblem)
}

const cases: readonly (readonly [text: string, ...lines: string[]])[] = [
  ['every: 10', 'f.yaml:1:8 every: 10 is not a duration; write it with its unit, for instance 10s or 10ms'],
  ['every: soon', 'f.yaml:1:8 every: "soon" is not a duration; write for instance 10s, 250ms or 5m'],
  ['every:', 'f.yaml:1:7 every: nothing is not a duration; write for instance 10s, 250ms or 5m'],
  ['baud: 1', 'f.yaml:1:1 every is missing; write for instance 10s, 250ms or 5m'],
  ['evry: 1s', 'f.yaml:1:1 evry: evry is not a known key; write every'],
  ['[1]', 'f.yaml:1:1 a list is not a map (key: value); write a map (key: value)'],
  ['', 'f.yaml:1:1 nothing is written here; write its keys below it, indented further'],
]

test.each(cases)('judges %j', (text, ...expected) => {
  expect(lines(text)).toEqual(expected)
})

const oneKey: readonly (readonly [text: string, ...lines: string[]])[] = [
  ['baud: 1.5', 'baud: 1.5 is not a whole number; write a whole number'],
  ['baud: "5"', 'baud: "5" is a text and not a number; write 5 without quotes'],
  ['baud: 12', 'baud: 12 is too large; write at most 9'],
  ['baud: 0', 'baud: 0 is too small; write at least 1'],
  ['parity: evn', 'parity: "evn" is not one of the possible values; did you mean even?'],
  ['parity: 3', 'parity: 3 is not one of the possible values; write none or even'],
  ['at: http://plc/', 'at: "http://plc/" is not an address; write "plc" without http://'],
  ['at: "::1"', 'at: "::1" is not an address; write an IPv6 address in brackets, for instance "[::1]:502"'],
  ['at: "plc:70000"', 'at: port 70000 does not exist; write at most 65535'],
  [
    'token: hunter2',
    'token: a secret is never written here; write { file: path } or { env: NAME } and keep the secret there',
  ],
  [
    'token: { fil: hunter2 }',
    'token: a secret is the name of a file or of an environment variable; write { file: path } or { env: NAME } and keep the secret there',
  ],
  ['size: 3', 'size: 3 is not a size; write it with its unit, for instance 3MB'],
  ['rule: { window: 10s, limt: 5 }', 'rule.limt: limt is not a known key; write limit'],
  [
    'rule: { window: 10 , limit: 5 }',
    'rule.window: 10 is not a duration; write it with its unit, for instance 10s or 10ms',
  ],
  ['rule: { lw: 5 }', 'rule.lw: lw is not a known key; write low'],
  ['rule: 3', 'rule: 3 does not fit; write a map (key: value)'],
  ['point: on', 'point: "on" does not fit; write off or a map (key: value)'],
  ['point: { evry: 1s }', 'point.evry: evry is not a known key; write every'],
  ['list: a', 'list: "a" is not a list; write a list: [ one, two ]'],
  ['list: []', 'list: the list has 0 entries; write at least 1'],
  ['list: [ 7 ]', 'list.0: 7 is not a text; write "7" in quotes'],
  ['text: ""', 'text: the text is empty; write something or remove the key'],
  ['text: 5', 'text: 5 is not a text; write "5" in quotes'],
  ['text:', 'text: no value is written here; write a text, or remove the key'],
  ['number: 123456789012345678901', 'number: 123456789012345678901 is too large; write at most 9007199254740991'],
  ['beat: 2d', 'beat: 2d is too long; write at most 1d'],
  ['beat: 5ms', 'beat: 5ms is too short; write at least 10ms'],
  [
    'tags: { "no good": x }',
    'tags.no good: "no good" can not be a name; use letters, digits, _ and -, at most 64, beginning with a letter or digit',
  ],
]

test.each(oneKey)('judges %j beside good keys', (text, ...expected) => {
  const found = lines(`every: 1s\n${text}`)
  expect(found.map(line => line.replace(/^f\.yaml:2:\d+ /, ''))).toEqual(expected)
})

test('tells every problem in one pass, in the order of the file', () => {
  const text = 'evry: 1\nbaud: 1.5\nparity: odd\nrule: { window: 1, limt: 5 }\nmany: 1'
  expect(lines(text)).toEqual([
    'f.yaml:1:1 evry: evry is not a known key; write every',
    'f.yaml:1:7 every: 1 is not a duration; write it with its unit, for instance 1s or 1ms',
    'f.yaml:2:7 baud: 1.5 is not a whole number; write a whole number',
    'f.yaml:3:9 parity: "odd" is not one of the possible values; write none or even',
    'f.yaml:4:17 rule.window: 1 is not a duration; write it with its unit, for instance 1s or 1ms',
    'f.yaml:4:20 rule.limt: limt is not a known key; write limit',
    'f.yaml:5:1 many: many is not a known key; known here: every, baud, parity, at, token, size, rule, point, list, text, number, beat, tags',
  ])
})

test('what stands too far left below an empty key is told as that', () => {
  expect(lines('every: 1s\ntags:\nhall_zone:\n  a: x')).toEqual([
    'f.yaml:3:1 hall_zone: hall_zone stands beside tags, which is empty; begin it in column 3, with all that belongs to it, to make it part of tags',
    'f.yaml:4:3 tags.hall_zone: a map is not a text; write a text',
  ])
})

const slips: readonly (readonly [text: string, ...lines: string[]])[] = [
  ['EVERY: 1s', 'EVERY: EVERY is not a known key; write every'],
  ['every:1s', 'every: there is no space behind the colon of every; write every: 1s'],
  ['every 1s', 'every: there is no colon behind every; write every: 1s'],
  ['evry=1s', 'every: there is no colon behind evry; write every: 1s'],
  ['every: 1,5s', 'every: 1,5s has a comma; write every: 1.5s'],
  ['every: 1s, number: 6,25', 'number: 6,25 has a comma; write number: 6.25'],
  ['often: 1s', 'often: often is not a known key; write every, which is missing, or remove it'],
  [
    'often: 1s, rule: { windw: 10, limit: x }',
    'often: often is not a known key; write every, which is missing, or remove it',
    'rule.windw: windw is not a known key; write window',
    'rule.window: 10 is not a duration; write it with its unit, for instance 10s or 10ms',
    'rule.limit: "x" is not a number; write a number',
  ],
  [
    'every: 1s, rule: { lw: 5, top: 6 }',
    'rule.lw: lw is not a known key; write low',
    'rule.top: top is not a known key; known here: low',
  ],
]

test.each(slips)('a key that nobody knows in { %s } is told once, and hides nothing', (text, ...expected) => {
  expect(lines(`{ ${text} }`).map(line => line.replace(/^f\.yaml:1:\d+ /, ''))).toEqual(expected)
})

test('a key is known by other words that its schema names', () => {
  const words = z.strictObject({
    unit_id: z
      .int()
      .meta({ insteadOf: ['slave_id'] })
      .optional(),
  })
  const { document } = parseDocument('f.yaml', 'Slave_ID: x')
  expect(document && validate(words, document).problems.map(formatProblem)).toEqual([
    'f.yaml:1:1 Slave_ID: Slave_ID is not a known key; write unit_id',
    'f.yaml:1:11 unit_id: "x" is not a number; write a number',
  ])
  expect(JSON.stringify(jsonSchema(words, { id: 'x', title: 'x' }))).not.toContain('slave_id')
})

test('a check of a whole map is not heard where one of its keys was corrected', () => {
  const pair = z
    .strictObject({ a: z.int().optional(), b: z.int().optional(), every: duration.optional() })
    .check(context => {
      if (context.value.a !== undefined && context.value.b !== undefined) {
        context.issues.push({ code: 'custom', input: context.value, message: 'a and b at once; remove one' })
      }
    })
  const said = (text: string) => {
    const { document } = parseDocument('f.yaml', text)
    return document && validate(pair, document).problems.map(formatProblem)
  }
  expect(said('{ a: 1, b: 2 }')).toEqual(['f.yaml:1:1 a and b at once; remove one'])
  expect(said('{ a: 1, b: 2, evry: 1s }')).toEqual(['f.yaml:1:15 evry: evry is not a known key; write every'])
})

test('judges only the part of a document it is asked for, with the whole path in its problems', () => {
  const { document } = parseDocument('f.yaml', 'devices:\n  good: { every: 5s }\n  bad: { every: 5 }')
  if (document === undefined) throw new Error('no document')
  expect(validate(schema, document, { at: ['devices', 'good'] })).toEqual({ value: { every: 5000 }, problems: [] })
  const bad = validate(schema, document, { at: ['devices', 'bad'] })
  expect(bad.value).toBeUndefined()
  expect(bad.problems.map(formatProblem)).toEqual([
    'f.yaml:3:17 devices.bad.every: 5 is not a duration; write it with its unit, for instance 5s or 5ms',
  ])
})

test('never shows what may be a secret', () => {
  for (const written of ['hunter2', '[ hunter2 ]', '{ file: [ hunter2 ] }', '{ env: { hunter2: 1 } }']) {
    expect(lines(`every: 1s\ntoken: ${written}`).join('\n')).not.toContain('hunter2')
  }
})
