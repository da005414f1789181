import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { obisLayout, parseObisPlace } from './obis.ts'

const fields = new Map([
  ['power', '1-0:1.7.0'],
  ['time', '0-{channel}:24.2.1'],
  ['gas', '0-{channel}:24.2.1[1]'],
])
const layout = { kind: 'obis', fields, meter: 'LSD5\\X' } as const
const proven = obisLayout(layout, { channel: 2 }, true)
const unproven = obisLayout(layout, { channel: 2 }, false)
const head = 'ABC5\\meter\r\n\r\n'

test('objects are found by their code whatever their order, and others passed over', () => {
  const text = `${head}0-2:24.2.1(260114150000W)(00012.345*m3)\r\n0-0:96.13.0()\r\n1-0:1.7.0(00.244*kW)\r\n`
  expect(proven.read(text)).toStrictEqual(['00.244*kW', '260114150000W', '00012.345*m3'])
  expect(unproven.read(text.replaceAll('\r', ''))).toStrictEqual(['00.244*kW', '260114150000W', '00012.345*m3'])
})

test('an object that is not there says nothing, one without a value is empty', () => {
  expect(proven.read(`${head}1-0:1.7.0()\r\n`)).toStrictEqual(['', undefined, undefined])
  expect(proven.read(head)).toStrictEqual([undefined, undefined, undefined])
})

test('*255 means the value of this moment, another number an older one', () => {
  expect(proven.read(`${head}1-0:1.7.0*255(1*kW)\r\n1-0:1.7.0*01(2*kW)\r\n`)).toStrictEqual([
    '1*kW',
    undefined,
    undefined,
  ])
})

test('a value on a line of its own belongs to the object above it', () => {
  expect(unproven.read(`${head}0-2:24.2.1(260114150000W)\r\n(00012.345*m3)\r\n`)).toStrictEqual([
    undefined,
    '260114150000W',
    '00012.345*m3',
  ])
})

test('an object with two values of which nobody knows which is right makes the telegram damaged', () => {
  const twice = `${head}1-0:1.7.0(1*kW)\r\n1-0:1.7.0(2*kW)\r\n`
  expect(proven.read(twice)).toStrictEqual({ damaged: '1-0:1.7.0 is there twice' })
  expect(proven.read(twice.replace('(2', '(1'))).toStrictEqual(['1*kW', undefined, undefined])
})

test.each(['1-0:1.7.0(00.244*kW', '1-0:1.7.0 00.244*kW)', 'noise', '1-0:1.7.0(1*kW)x'])(
  'where nothing else would show damage, the line "%s" does',
  line => {
    expect(unproven.read(`${head}${line}\r\n`)).toStrictEqual({ damaged: `"${line}" is no data line` })
    expect(proven.read(`${head}${line}\r\n`)).toStrictEqual([undefined, undefined, undefined])
  },
)

test('what was written is read again', () => {
  const value = fc.string({ unit: fc.constantFrom('0', '7', '.', '-', '*', 'k', 'W'), maxLength: 12 })
  fc.assert(
    fc.property(value, value, value, (power, time, gas) => {
      const text = unproven.write(new Map(Object.entries({ power, time, gas })))
      expect(unproven.read(text ?? '')).toStrictEqual([power, time, gas])
    }),
    { numRuns: 200 },
  )
  expect(unproven.write(new Map([['gas', '7']]))).toBe('LSD5\\X\r\n\r\n0-2:24.2.1()(7)\r\n')
  expect(unproven.write(new Map([['gas', '7)']]))).toBe(undefined)
})

test('a hostile telegram of the longest length is read in one pass', () => {
  const long = `${head}${'1-0:1.7.0('.repeat(400)}\r\n${'()'.repeat(2000)}\r\n`
  expect(unproven.read(long)).toMatchObject({ damaged: expect.stringContaining('no data line') })
})

test.each(['1-0:1.7.0[', '[1]', '1-0:1.7.0[x]', ''])('"%s" is no place in a telegram', text => {
  expect(parseObisPlace(text)).toBe(undefined)
})
