import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { compilePath, lookUp, parsePath, putAt } from './json-path.ts'

test.each([
  ['temperature', ['temperature']],
  ['params.switch:0.apower', ['params', 'switch:0', 'apower']],
  ["params['switch:0'].apower", ['params', 'switch:0', 'apower']],
  ["['switch:0'].apower", ['switch:0', 'apower']],
  ['["a.b"]', ['a.b']],
  ['list[0][12].x', ['list', 0, 12, 'x']],
  ['[0]', [0]],
])('%s', (text, path) => {
  expect(parsePath(text)).toStrictEqual({ ok: true, path })
})

test.each([
  '',
  '.',
  '.a',
  'a.',
  'a..b',
  'a[',
  'a[x]',
  'a[-1]',
  "a['b]",
  'a b',
  'a[0]b',
  '__proto__.x',
  "['__proto__']",
])('"%s" is no path', text => {
  expect(parsePath(text)).toMatchObject({ ok: false })
})

test('params are filled in key by key, so that what a user writes never becomes part of the path', () => {
  expect(compilePath("params['switch:{switch}'].apower", { switch: 1 })).toStrictEqual(['params', 'switch:1', 'apower'])
  expect(compilePath('{key}.x', { key: "a.b']" })).toStrictEqual(["a.b']", 'x'])
})

test('only own properties of objects and items of arrays are found', () => {
  const root: unknown = JSON.parse('{"a":{"b":[1,null]},"s":"text","__proto__":{"p":1}}')
  expect(lookUp(root, ['a', 'b', 0])).toBe(1)
  expect(lookUp(root, ['a', 'b', 1])).toBe(null)
  for (const path of [
    ['a', 'b', 2],
    ['a', 'b', 'length'],
    ['a', 0],
    ['s', 'length'],
    ['s', 0],
    ['p'],
    ['constructor'],
    ['a', 'toString'],
    ['x', 'y'],
  ]) {
    expect(lookUp(root, path)).toBe(undefined)
  }
})

test('what is put at a path is found there, and what was there before stays', () => {
  const key = fc.oneof(fc.constantFrom('a', 'b', 'switch:0'), fc.nat(3))
  fc.assert(
    fc.property(fc.array(key, { minLength: 1, maxLength: 5 }), fc.integer(), (path, value) => {
      const root = putAt(undefined, path, value)
      expect(lookUp(root, path)).toBe(value)
      if (typeof path[0] === 'string') expect(lookUp(putAt(root, ['other'], 1), path)).toBe(value)
    }),
    { numRuns: 200 },
  )
})
