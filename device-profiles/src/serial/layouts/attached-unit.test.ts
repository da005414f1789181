import { expect, test } from 'vitest'
import { joinUnit, splitUnit } from './attached-unit.ts'

test.each([
  ['23.4 C', '23.4', 'C'],
  ['-0.5kg', '-0.5', 'kg'],
  ['+ 12.345 kg', '+ 12.345', 'kg'],
  ['45%', '45', '%'],
  ['1.5e-3 A', '1.5e-3', 'A'],
  ['7', '7', ''],
  ['23,4 C', '23,4', 'C'],
  ['nan', 'nan', ''],
  ['1O0 g', '1', 'O0 g'],
])('%s is the number %s and the unit "%s"', (text, value, unit) => {
  expect(splitUnit(text, undefined)).toStrictEqual({ value, unit })
})

test('a mark says where the unit begins', () => {
  expect(splitUnit('02.027*kW', '*')).toStrictEqual({ value: '02.027', unit: 'kW' })
  expect(splitUnit('02.027', '*')).toStrictEqual({ value: '02.027', unit: '' })
})

test('what is no text has no unit', () => {
  expect(splitUnit(23.4, undefined)).toStrictEqual({ value: 23.4, unit: '' })
})

test.each([undefined, '*'])('what was joined is split again, with the mark %s', mark => {
  expect(splitUnit(joinUnit('-7.5', 'kW', mark), mark)).toStrictEqual({ value: '-7.5', unit: 'kW' })
})
