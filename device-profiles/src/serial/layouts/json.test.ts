import { expect, test } from 'vitest'
import { textOf } from '../bytes.ts'
import { jsonLayout } from './json.ts'

const match = new Map([['type', ['env', 'both']]])
const fields = new Map([
  ['temperature', 'env.t'],
  ['name', "sensors['{sensor}'].name"],
])
const layout = jsonLayout({ kind: 'json', match, fields }, { sensor: 'a.1' })

test('values are found at their paths, and what is not there says nothing', () => {
  expect(layout.read('{"type":"env","env":{"t":23.4},"sensors":{"a.1":{"name":"hall"}}}')).toStrictEqual([23.4, 'hall'])
  expect(layout.read(' {"type":"both","env":{"t":null}} ')).toStrictEqual([null, undefined])
})

test.each(['T=23.4', '', '7', '{"type":"other","env":{"t":1}}', '{"type":"env","x":1}', '[]'])(
  '%s is another message',
  text => {
    expect(layout.read(text)).toBe('other')
  },
)

test.each([
  ['{"type":"env","env":{"t":23.', 'is not JSON'],
  ['{"type":"env","env":{"t":nano}}', 'is not JSON'],
  ['{"type":"env"{"type":"env","env":{"t":1}}', 'is not JSON'],
  ['['.repeat(100), 'nested deeper'],
  ['{"type":"\u00ff"}', 'is not UTF-8'],
])('%s is damaged: %s', (text, why) => {
  expect(layout.read(text)).toStrictEqual({ damaged: expect.stringContaining(why) })
})

test('nan and inf are no values, and stay what they are within texts', () => {
  const text = '{"type":"env","env":{"t":NaN},"sensors":{"a.1":{"name":"nan, inf: \\"nan"}}}'
  expect(layout.read(text)).toStrictEqual([null, 'nan, inf: "nan'])
  expect(layout.read('{"type":"env","env":{"t":-inf}}')).toStrictEqual([null, undefined])
})

test('texts may be of any alphabet', () => {
  const bytes = new TextEncoder().encode('{"type":"env","sensors":{"a.1":{"name":"Häuser 7 °C"}}}')
  expect(layout.read(textOf(bytes))).toStrictEqual([undefined, 'Häuser 7 °C'])
})

test('what was written is read again', () => {
  const line = layout.write(new Map(Object.entries({ temperature: '-7.25', name: 'Häuser' })))
  expect(layout.read(line ?? '')).toStrictEqual([-7.25, 'Häuser'])
  expect(line).toContain('"type":"env"')
  expect(layout.read(layout.write(new Map([['name', '007']])) ?? '')).toStrictEqual([undefined, '007'])
})
