import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { ModbusPoint } from './profile.ts'
import { compileModbusReader } from './reader.ts'
import type { Readings } from './readings.ts'
import { ModbusTables } from './tables.ts'
import { testPoint, testProfile } from './testing.ts'
import { compileModbusWriter } from './writer.ts'

function read(point: ModbusPoint, words: readonly number[]) {
  const into: Readings = { values: {}, quality: undefined }
  const tables = new ModbusTables()
  tables.put({ table: point.table, address: point.address, words, mask: 0xffff })
  const requests = compileModbusReader(testProfile([point]), { params: {} }).plan([point.name])
  expect(requests.map(({ address, count }) => [address, count])).toStrictEqual([[point.address, point.count]])
  for (const request of requests) {
    request.decode(tables.read(request.functionCode, request.address, request.count), into)
  }
  return into.values[point.name] ?? into.quality?.[point.name]
}

const total = testPoint({ name: 'total', type: 'int32', fraction: 'float32', count: 4, order: 'cdab' })

test.each([
  ['1234 and a quarter', [0x04d2, 0, 0, 0x3e80], 1234.25],
  ['−3 and a half', [0xfffd, 0xffff, 0, 0xbf00], -3.5],
  ['a tenth that no float32 holds exactly', [1, 0, 0xcccd, 0x3dcc], 1.1],
  ['a fraction of 700 is none', [1, 0, 0, 0x442f], 'bad:not_available'],
  ['NaN', [1, 0, 0, 0x7fc0], 'bad:not_available'],
] as const)('an integer with a fraction behind it: %s', (_name, words, expected) => {
  expect(read(total, words)).toBe(expected)
})

test('an integer with a fraction: what was encoded is decoded, to six decimals', () => {
  const writer = compileModbusWriter(testProfile([total]), { params: {} })
  fc.assert(
    fc.property(fc.integer({ min: -1e15, max: 1e15 }), millionths => {
      const value = millionths / 1e6
      expect(writer.quantise('total', value)).toBe(value + 0)
      expect(read(total, writer.encode('total', value).words)).toBe(value + 0)
    }),
    { numRuns: 300 },
  )
})

test('a scale applies to the sum', () => {
  expect(read({ ...total, scale: [10] }, [0x04d2, 0, 0, 0x3e80])).toBe(12_342.5)
})

test('beyond the integer it is clamped', () => {
  const writer = compileModbusWriter(testProfile([total]), { params: {} })
  expect(writer.quantise('total', 1e12)).toBe(2_147_483_647)
})

const factor = testPoint({ name: 'pf', type: 'int16', scale: [0.001], transform: 'four_quadrant_power_factor' })

test.each([
  [987, 0.987],
  [1000, 1],
  [1250, 0.75],
  [-1250 & 0xffff, -0.75],
  [-500 & 0xffff, -0.5],
  [2500, 2.5],
])('the four-quadrant code %i is a power factor of %d', (raw, expected) => {
  expect(read(factor, [raw])).toBe(expected)
})

test('a power factor is written as it is, and read again', () => {
  const writer = compileModbusWriter(testProfile([factor]), { params: {} })
  for (const value of [-1, -0.75, 0, 0.5, 1]) expect(writer.quantise('pf', value)).toBe(value)
})
