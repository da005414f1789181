import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { pairsLayout } from './pairs.ts'

const fields = new Map([
  ['temperature', 'T'],
  ['humidity', 'H'],
])
const strict = pairsLayout({ kind: 'pairs', between: ';', is: '=', fields, atLeast: 2 })
const loose = pairsLayout({ kind: 'pairs', between: ',', is: ':', fields, atLeast: 1 })

test('pairs are found by their key, in any order, and others passed over', () => {
  expect(strict.read('T=23.4;H=45')).toStrictEqual(['23.4', '45'])
  expect(strict.read(' H = 45 ; id=7; T=; ')).toStrictEqual(['', '45'])
  expect(loose.read('H:45,time:12:30')).toStrictEqual([undefined, '45'])
})

test.each([
  ['3.4;H=45', '"3.4" is no pair'],
  ['=23.4;H=45', '"=23.4" is no pair'],
  ['T=23.4;T=23.5;H=45', 'T is there twice'],
  ['T=23.4', 'it has 1 of the 2 keys'],
  ['T=245', 'it has 1 of the 2 keys'],
])('"%s" was cut or damaged: %s', (text, why) => {
  expect(strict.read(text)).toStrictEqual({ damaged: why })
})

test.each(['hello', '', 'A=1;B=2', '23.4'])('"%s" is another message', text => {
  expect(strict.read(text)).toBe('other')
})

test('no cut of a line, at either end, gives a value that was not in it', () => {
  const line = 'T=23.4;H=45'
  for (let from = 0; from < line.length; from++) {
    const found = strict.read(line.slice(from))
    if (Array.isArray(found)) expect(found).toStrictEqual(['23.4', '45'])
  }
})

test('what was written is read again', () => {
  const value = fc.string({ unit: fc.constantFrom('0', '7', '.', '-', '=', 'x'), maxLength: 8 })
  fc.assert(
    fc.property(value, value, (temperature, humidity) => {
      const line = strict.write(new Map(Object.entries({ temperature, humidity })))
      expect(strict.read(line ?? '')).toStrictEqual([temperature, humidity])
    }),
    { numRuns: 200 },
  )
  expect(strict.write(new Map([['humidity', '45']]))).toBe('T=;H=45')
  expect(strict.write(new Map([['humidity', '4;5']]))).toBe(undefined)
})
