import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { entryProblem, isEntry } from './entry-check.ts'

const uuid = '0193f6a2-7c1f-7e11-8a02-51c0ffee0001'
const names = [{ stream: uuid, seqs: [[1, 2]] }]
const sample = { k: 'sample', device: 'd', t: 1, values: { x: 1 } }
const alarm = {
  k: 'alarm',
  t: 1,
  device: 'd',
  alarm: 'hot',
  id: uuid,
  event: 'raised',
  state: 'unacknowledged',
  priority: 'high',
  text: 'why',
}
const gap = { k: 'gap', t: 1, reason: 'evicted', names }
const summary = {
  k: 'summary',
  t: 1,
  until: 2,
  device: 'd',
  points: { x: { min: 1, max: 2, mean: 1, count: 3 } },
  names,
}
const device = {
  k: 'device',
  t: 1,
  device: 'd',
  profile: 'v/m',
  version: 'a',
  tags: {},
  points: { x: { type: 'int16' } },
}
const state = { k: 'state', t: 1, scope: 'link', name: 'l', state: 'offline' }

test.each([
  [sample],
  [{ ...sample, values: { x: 2n ** 63n, y: true, z: 'text' } }],
  [{ ...sample, values: {}, quality: { x: 'bad:communication' } }],
  [{ ...sample, quality: { x: 'uncertain:of_a_later_version' } }],
  [{ ...sample, later: { a: [1] } }],
  [{ ...sample, fromBatch: { stream: uuid, seq: 1 } }],
  [alarm],
  [{ ...alarm, event: 'shelved', state: 'shelved', point: 'x', value: 1, limit: 2, by: 'jo' }],
  [gap],
  [{ ...gap, counts: { d: { x: 0 } }, countsAtMost: true }],
  [summary],
  [device],
  [state],
  [{ k: 'released', t: 1, names }],
  [{ k: 'later', anything: null }],
])('entry %# of those that are well-formed is taken', entry => {
  expect(entryProblem(entry)).toBeUndefined()
})

test.each([
  ['entry is not an object', null],
  ['entry is not an object', []],
  ['entry has no kind k', { t: 1 }],
  ['entry: fromBatch is not {stream, seq}', { ...sample, fromBatch: { stream: 'a', seq: 1 } }],
  ['entry: fromBatch is not {stream, seq}', { k: 'later', fromBatch: 7 }],
  ['sample: device is not a name', { ...sample, device: '__proto__' }],
  ['sample: t is not a time in ms', { ...sample, t: 1.5 }],
  ['sample: values is not an object', { ...sample, values: [1] }],
  ['sample: x has no value that a reading can have', { ...sample, values: { x: null } }],
  ['sample: x has no value that a reading can have', { ...sample, values: { x: Infinity } }],
  ['sample: x has no value that a reading can have', { ...sample, values: { x: 'y'.repeat(20_000) } }],
  ['sample: not a name of a point: "a b"', { ...sample, values: { 'a b': 1 } }],
  [
    'sample: not a name of a point: "__proto__"',
    JSON.parse('{"k":"sample","device":"d","t":1,"values":{"__proto__":1}}'),
  ],
  ['sample: x is bad and has a value', { ...sample, quality: { x: 'bad:refused' } }],
  ['sample: y is uncertain and has no value', { ...sample, quality: { y: 'uncertain:retained' } }],
  ['sample: x has no quality uncertain:… or bad:…', { ...sample, quality: { x: 'good' } }],
  ['alarm: id is not a UUID', { ...alarm, id: 'x' }],
  ['alarm: value is no number', { ...alarm, value: '80' }],
  ['alarm: state is not a word', { ...alarm, state: 'Not a word' }],
  ['gap: names is not a list of {stream, seqs}', { ...gap, names: [] }],
  ['gap: seqs is not a list of intervals', { ...gap, names: [{ stream: uuid, seqs: [[2, 1]] }] }],
  ['gap: counts is not {device: {point: number}}', { ...gap, counts: { d: { x: -1 } } }],
  ['summary: t to until is not a range of times in ms', { ...summary, until: 0 }],
  ['summary: x is not {min, max, mean, count}', { ...summary, points: { x: { min: 1 } } }],
  ['released: names is not a list of {stream, seqs}', { k: 'released', t: 1, names: [] }],
  ['device: tags is not an object of texts', { ...device, tags: { a: 1 } }],
  ['device: x is not {type, unit?}', { ...device, points: { x: {} } }],
  ['state: scope is not a word', { ...state, scope: '' }],
  ['state: reason is not a text', { ...state, reason: 7 }],
])('entry %# is none: %s', (problem, value) => {
  expect(entryProblem(value)).toBe(problem)
  expect(isEntry(value)).toBe(false)
})

test('nesting is bounded, also where a later version put something', () => {
  let deep: unknown = 1
  for (let i = 0; i < 1000; i++) deep = [deep]
  expect(entryProblem({ k: 'later', deep })).toBe('entry is nested deeper than 16')
  expect(entryProblem({ ...sample, deep })).toBe('entry is nested deeper than 16')
})

test('whatever a parser may give is judged and never throws', () => {
  const kind = fc.constantFrom('sample', 'alarm', 'gap', 'summary', 'device', 'state', 'later')
  fc.assert(
    fc.property(
      kind,
      fc.dictionary(fc.constantFrom(...Object.keys({ ...alarm, ...summary, ...device })), fc.jsonValue()),
      (k, fields) => {
        expect([undefined, 'string']).toContain(
          typeof entryProblem({ ...fields, k }) === 'string' ? 'string' : undefined,
        )
      },
    ),
  )
})
