import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  looksPrinted,
  parseAddress,
  parseFactor,
  parseOrder,
  parseTable,
  parseType,
  parseUnit,
  pointName,
} from './cells.ts'

test('addresses count as the list does', () => {
  const table = undefined
  expect(parseAddress('52', '0')).toEqual({ table, address: 52 })
  expect(parseAddress('0x0034', '0')).toEqual({ table, address: 52 })
  expect(parseAddress('34h', '0')).toEqual({ table, address: 52 })
  expect(parseAddress('53', '1')).toEqual({ table, address: 52 })
  expect(parseAddress('40053', '0')).toEqual({ table, address: 40_053 })
  expect(parseAddress('40053', 'printed')).toEqual({ table: 'holding', address: 52 })
  expect(parseAddress('300053', 'printed')).toEqual({ table: 'input', address: 52 })
  expect(parseAddress('10001', 'printed')).toEqual({ table: 'discrete', address: 0 })
  expect(parseAddress('00001', 'printed')).toEqual({ table: 'coil', address: 0 })
  for (const [text, base] of [
    ['0', '1'],
    ['-1', '0'],
    ['65536', '0'],
    ['12345678', '0'],
    ['40000', 'printed'],
    ['20001', 'printed'],
    ['52', 'printed'],
    ['0x9C75', 'printed'],
    ['', '0'],
  ] as const) {
    expect(parseAddress(text, base)).toBeUndefined()
  }
})

test('every printed number leads back to its register', () => {
  fc.assert(
    fc.property(
      fc.nat(9998),
      fc.constantFrom(['3', 'input'] as const, ['4', 'holding'] as const),
      (address, [digit, table]) => {
        const printed = `${digit}${String(address + 1).padStart(4, '0')}`
        expect(parseAddress(printed, 'printed')).toEqual({ table, address })
        expect(looksPrinted(printed)).toBe(true)
      },
    ),
  )
  expect(['52', '9999', '20001', '0x9C41', '40000'].some(looksPrinted)).toBe(false)
})

test.each([
  [
    'uint16',
    ['U16', 'UINT16', 'word', 'Unsigned Int 16', 'unsigned 16-bit', 'INT16U', 'unsigned', 'u_int16', 'ushort'],
  ],
  ['int16', ['S16', 'int16', 'short', 'signed', 'INT 16', 'sint16', 'INT16S']],
  ['uint32', ['U32', 'dword', 'UINT32', 'unsigned long 32', 'ulong'].filter(text => text !== 'unsigned long 32')],
  ['int32', ['S32', 'long', 'Signed32', 'int32']],
  ['float32', ['float', 'FLOAT32', 'real', 'IEEE754', 'f32', 'Float 32']],
  ['float64', ['double', 'float64']],
  ['string', ['ASCII', 'string', 'Char', 'UTF8']],
  ['bool', ['bit', 'Boolean', 'BOOL']],
  ['bcd32', ['BCD32']],
] as const)('%s has many names', (type, names) => {
  expect(names.map(parseType)).toEqual(names.map(() => type))
})

test('what is no type is none', () => {
  for (const text of ['', 'u17', 'uint24', 'enum?', 'datetime', '16']) expect(parseType(text)).toBeUndefined()
})

test('tables go by name or by the function code that reads them', () => {
  expect(['3', '03', '0x03', 'FC3', 'Holding Registers', 'HR', '4x'].map(parseTable)).toEqual(Array(7).fill('holding'))
  expect(['4', 'fc04', 'input register', '3x'].map(parseTable)).toEqual(Array(4).fill('input'))
  expect(['1', 'Coil', '2', 'discrete input'].map(parseTable)).toEqual(['coil', 'coil', 'discrete', 'discrete'])
  for (const text of ['5', '6', '16', 'output', '']) expect(parseTable(text)).toBeUndefined()
})

test('factors, orders and units are read as lists write them', () => {
  expect(['0.1', '0,1', 'x0.1', '1/10', '/10', '10^-1', '1E-1', '*0.1'].map(parseFactor)).toEqual(Array(8).fill(0.1))
  for (const text of ['', '0', 'abc', '1/0', 'NaN']) expect(parseFactor(text)).toBeUndefined()
  expect(['ABCD', 'CD AB', 'LSW first', 'little endian', ''].map(parseOrder)).toEqual([
    'abcd',
    'cdab',
    'cdab',
    undefined,
    undefined,
  ])
  expect(['°C', 'kWh', 'm³/h', 'V', '%', 'rpm', '-', 'kvarh', 'Volts'].map(parseUnit)).toEqual([
    'Cel',
    'kW.h',
    'm3/h',
    'V',
    '%',
    '/min',
    '1',
    'kvar.h',
    undefined,
  ])
})

test('names become snake case, and nothing else', () => {
  expect(['Voltage L1-N (V)', 'Wärme-Menge', '3-phase power', ' T°1 ', '???', ''].map(pointName)).toEqual([
    'voltage_l1_n',
    'waerme_menge',
    'p_3_phase_power',
    't_1',
    undefined,
    undefined,
  ])
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 100 }), text => {
      expect(pointName(text) ?? 'none').toMatch(/^[a-z][a-z0-9_]{0,63}$/)
    }),
  )
})
