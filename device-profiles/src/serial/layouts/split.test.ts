import { expect, test } from 'vitest'
import { splitLayout } from './split.ts'

const wind = splitLayout({
  kind: 'split',
  by: ',',
  quoted: false,
  match: new Map([
    [0, '??MWV'],
    [2, 'R'],
  ]),
  sendAs: new Map([[0, 'WIMWV']]),
  fields: new Map([
    ['angle', 1],
    ['speed', 3],
    ['status', 5],
  ]),
  atLeast: 6,
})

test('fields are taken by number, from any talker', () => {
  expect(wind.read('IIMWV,271.0,R,000.2,N,A')).toStrictEqual(['271.0', '000.2', 'A'])
  expect(wind.read('IIMWV,,R, ,N,V,more')).toStrictEqual(['', '', 'V'])
})

test('another sentence or another kind of the same one is not this message', () => {
  expect(wind.read('IIMWV,271.0,T,000.2,N,A')).toBe('other')
  expect(wind.read('IIVHW,271.0,R')).toBe('other')
  expect(wind.read('MWV,271.0,R,000.2,N,A')).toBe('other')
})

test('this message with too few fields is malformed', () => {
  expect(wind.read('IIMWV,271.0,R,000.2')).toStrictEqual({ damaged: 'it has 4 fields of at least 6' })
  expect(wind.read('IIMWV')).toStrictEqual({ damaged: 'it has 1 fields of at least 6' })
})

test('writing fills in what must match, and refuses a text with the separator', () => {
  expect(wind.write(new Map([['speed', '1.5']]))).toBe('WIMWV,,R,1.5,,')
  expect(wind.write(new Map([['speed', '1,5']]))).toBe(undefined)
})
