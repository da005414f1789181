import { formatProblem } from '@lineside/settings'
import { expect, test } from 'vitest'
import { loadYaml } from '../values/testing.ts'

const good = {
  topic: '{ description: base, example: plant/dev }',
  messages: '{ state: { topic: "{topic}" } }',
  points: '{ power: { from: { message: state, path: power }, type: number, unit: W } }',
}

function problems(change: Partial<typeof good>): string {
  const text = Object.entries({ ...good, ...change }).map(([key, value]) => `${key}: ${value}\n`)
  return loadYaml('mqtt', text.join('')).problems.map(formatProblem).join('\n')
}

test('a right profile has no problems', () => {
  expect(problems({})).toBe('')
})

test.each([
  [{ messages: '{ state: { topic: "{topic}/#/x" } }' }, '# is the last level'],
  [{ messages: '{ state: { topic: "{base}" } }' }, 'there is no param base; declare it'],
  [{ messages: '{ state: { topic: x, payload: text } }' }, 'message state is text; JSON needs a path, text has none'],
  [{ messages: '{ state: { topic: x, match: { "a..b": 1 } } }' }, '"a..b" is not a path'],
  [{ messages: '{ state: { topic: x, time: { path: ts, as: days } } }' }, 'days'],
  [{ messages: '{ state: { topic: x }, other: { topic: y } }' }, 'no point comes from this message'],
  [{ points: '{ power: { from: { message: stat, path: power }, type: number } }' }, 'there is no message stat'],
  [{ points: '{ power: { from: { message: state }, type: number } }' }, 'message state is json'],
  [{ points: '{ power: { from: { message: state, path: "a[" }, type: number } }' }, '"a[" is not a path'],
  [{ points: '{ power: { from: { message: state, path: "x{n}" }, type: number } }' }, 'there is no param n'],
  [
    { points: '{ power: { from: { message: state, path: x, unit: u }, type: number } }' },
    'write units: { text: factor }',
  ],
  [{ points: '{ power: { from: { message: state, bits: [0, 8] }, type: integer } }' }, 'message state has no frame'],
  [
    {
      messages: '{ state: { topic: x, frame: { path: data, prefix: FF99, bytes: 4 } } }',
      points: '{ power: { from: { message: state, bits: [8, 16] }, type: integer } }',
    },
    'the bits are not between prefix and end of the frame',
  ],
  [
    {
      messages: '{ state: { topic: x, frame: { path: data, bytes: 4 } } }',
      points: '{ power: { from: { message: state, bits: [8, 16], path: x }, type: number } }',
    },
    'bits are no number; write integer',
  ],
  [{ messages: '{ state: { topic: x, frame: { path: data, prefix: FFX, bytes: 4 } } }' }, 'these are no bytes'],
])('%o is told: %s', (change, text) => {
  const told = problems(change)
  expect(told).toContain(text)
  expect(told).toMatch(/^device\.yaml:\d+:\d+ /)
})
