import { shortestFloat32, type Value } from '@lineside/contract'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { ModbusPoint } from './profile.ts'
import { type WordOrder, wordOrders } from './types.ts'
import { compileModbusReader } from './reader.ts'
import type { Readings } from './readings.ts'
import { ModbusTables as Tables } from './tables.ts'
import { testPoint, testProfile } from './testing.ts'
import { compileModbusWriter } from './writer.ts'

function poll(points: readonly ModbusPoint[], tables: Tables, params = {}): Readings {
  const into: Readings = { values: {}, quality: undefined }
  const reader = compileModbusReader(testProfile(points, { hole: 10 }), { params })
  for (const request of reader.plan(points.map(point => point.name))) {
    request.decode(tables.read(request.functionCode, request.address, request.count), into)
  }
  return into
}

function words(...list: number[]): Tables {
  const tables = new Tables()
  tables.put({ table: 'holding', address: 0, words: list, mask: 0xffff })
  return tables
}

function decode(point: Partial<ModbusPoint>, tables: Tables, params = {}): Value | string | undefined {
  const { values, quality } = poll([testPoint({ name: 'p', ...point })], tables, params)
  expect(Object.keys(values).length + Object.keys(quality ?? {}).length).toBe(1)
  return values['p'] ?? quality?.['p']
}

function roundTrip(point: ModbusPoint, value: Value): Value | string | undefined {
  const writer = compileModbusWriter(testProfile([point]), { params: {} })
  const tables = new Tables()
  tables.put({
    table: point.table,
    address: point.address,
    words: [0xa5a5],
    mask: point.table === 'holding' ? 0xffff : 0,
  })
  tables.put(writer.encode(point.name, value))
  expect(writer.quantise(point.name, value)).toStrictEqual(value)
  const { values, quality } = poll([point], tables)
  return values[point.name] ?? quality?.[point.name]
}

const names = new Map([
  [0, 'off'],
  [1, 'running'],
  [9, 'fault'],
])
const float32 = fc.float({ noNaN: true, noDefaultInfinity: true }).map(shortestFloat32)
const long = (value: bigint): Value =>
  BigInt(Number(value)) === value && Number.isSafeInteger(Number(value)) ? Number(value) : value
const types: Record<string, { point: Partial<ModbusPoint>; values: fc.Arbitrary<Value> }> = {
  'a coil': { point: { type: 'bool', table: 'coil' }, values: fc.boolean() },
  'a bool in a register': { point: { type: 'bool', bits: [3, 3] }, values: fc.boolean() },
  bits: { point: { type: 'bits', bits: [4, 9] }, values: fc.integer({ min: 0, max: 63 }) },
  'an int8 above': { point: { type: 'int8', half: 'high' }, values: fc.integer({ min: -128, max: 127 }) },
  'an int8 below': { point: { type: 'int8', half: 'low' }, values: fc.integer({ min: -128, max: 127 }) },
  'a uint8 above': { point: { type: 'uint8', half: 'high' }, values: fc.integer({ min: 0, max: 255 }) },
  'a uint8 below': { point: { type: 'uint8', half: 'low' }, values: fc.integer({ min: 0, max: 255 }) },
  int16: { point: { type: 'int16' }, values: fc.integer({ min: -32_768, max: 32_767 }) },
  uint16: { point: { type: 'uint16' }, values: fc.integer({ min: 0, max: 65_535 }) },
  int32: { point: { type: 'int32', count: 2 }, values: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }) },
  uint32: { point: { type: 'uint32', count: 2 }, values: fc.integer({ min: 0, max: 2 ** 32 - 1 }) },
  int64: {
    point: { type: 'int64', count: 4 },
    values: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(long),
  },
  'a small int64': { point: { type: 'int64', count: 4 }, values: fc.maxSafeInteger() },
  uint64: { point: { type: 'uint64', count: 4 }, values: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map(long) },
  float32: { point: { type: 'float32', count: 2 }, values: float32.map(value => value + 0) },
  float64: {
    point: { type: 'float64', count: 4 },
    values: fc.double({ noNaN: true, noDefaultInfinity: true }).map(value => value + 0),
  },
  bcd16: { point: { type: 'bcd16' }, values: fc.integer({ min: 0, max: 9999 }) },
  bcd32: { point: { type: 'bcd32', count: 2 }, values: fc.integer({ min: 0, max: 99_999_999 }) },
  string: {
    point: { type: 'string', count: 5 },
    values: fc.stringMatching(/^[!-~]([ -~]{0,8}[!-~])?$/),
  },
  'a string padded at its start': {
    point: { type: 'string', count: 5, padding: 'start' },
    values: fc.stringMatching(/^[!-~]([ -~]{0,8}[!-~])?$/),
  },
  enum: { point: { type: 'enum', names }, values: fc.constantFrom('off', 'running', 'fault', '7', '65535') },
  'a signed enum': { point: { type: 'enum', names, carrier: 'int16' }, values: fc.constantFrom('off', '-1', '-32768') },
  'an enum of 32 bits': {
    point: { type: 'enum', names, carrier: 'uint32', count: 2 },
    values: fc.constantFrom('off', 'fault', '4294967295'),
  },
  bitfield: {
    point: { type: 'bitfield', names },
    values: fc.constantFrom('', 'off', 'off,running', 'running,fault,bit_15'),
  },
  'a bitfield of 32 bits': {
    point: { type: 'bitfield', names, carrier: 'uint32', count: 2 },
    values: fc.constantFrom('', 'off,bit_31', 'running,bit_30'),
  },
  'an int16 with scale and offset': {
    point: { type: 'int16', scale: [0.1], offset: -40 },
    values: fc.integer({ min: -32_768, max: 32_767 }).map(raw => (raw - 400) / 10 + 0),
  },
}

for (const order of wordOrders) {
  for (const [title, { point, values }] of Object.entries(types)) {
    test(`decoding what was encoded gives the same value: ${title} as ${order}`, () => {
      const whole = testPoint({ name: 'p', order, ...point })
      fc.assert(
        fc.property(values, value => {
          expect(roundTrip(whole, value)).toStrictEqual(value)
        }),
        { numRuns: 100 },
      )
    })
  }
}

test('each word order reads the bytes in the order of its letters', () => {
  const expected: Record<WordOrder, number> = { abcd: 0x01020304, cdab: 0x03040102, badc: 0x02010403, dcba: 0x04030201 }
  for (const order of wordOrders) {
    expect(decode({ type: 'uint32', count: 2, order }, words(0x0102, 0x0304))).toBe(expected[order])
  }
  expect(decode({ type: 'uint16', order: 'badc' }, words(0x0102))).toBe(0x0201)
  expect(decode({ type: 'uint64', count: 4, order: 'cdab' }, words(4, 3, 2, 1))).toBe(
    2 ** 48 + 2 ** 33 + 2 ** 16 * 3 + 4,
  )
})

test('a float32 becomes the decimal that the display shows', () => {
  expect(decode({ type: 'float32', count: 2 }, words(0x4366, 0x3333))).toBe(230.2)
  expect(decode({ type: 'float32', count: 2, scale: [1000] }, words(0x4366, 0x3333))).toBe(230_200)
})

test('a decimal scale leaves no binary dust', () => {
  expect(decode({ scale: [0.1] }, words(234))).toBe(23.4)
  expect(decode({ scale: [0.0001] }, words(3))).toBe(0.0003)
  expect(decode({ scale: [0.1], offset: -40.05 }, words(234))).toBe(-16.65)
  expect(decode({ type: 'int16', scale: [-10] }, words(65_316))).toBe(2200)
  expect(decode({ scale: [0.00048828125] }, words(32_767))).toBe(15.99951171875)
})

test('a param multiplies the scale', () => {
  expect(decode({ scale: [0.01, 'ratio'] }, words(123), { ratio: 40 })).toBe(49.2)
  expect(decode({ scale: [0.01, 'ratio'] }, words(123))).toBe(1.23)
  expect(() => decode({ scale: ['nothing'] }, words(123))).toThrow('param nothing has no value')
})

test('a raw value that means nothing has a quality and no value', () => {
  expect(decode({ notAvailable: [0xffff] }, words(0xffff))).toBe('bad:not_available')
  expect(decode({ type: 'int16', notAvailable: [0x8000] }, words(0x8000))).toBe('bad:not_available')
  expect(
    decode({ type: 'int32', count: 2, notAvailable: [0x7fffffff, 0x80000000, 0xffffffff] }, words(0xffff, 0xffff)),
  ).toBe('bad:not_available')
  expect(
    decode({ type: 'uint64', count: 4, notAvailable: [0xffff_ffff_ffff_ffffn] }, words(0xffff, 0xffff, 0xffff, 0xffff)),
  ).toBe('bad:not_available')
  expect(decode({ type: 'float32', count: 2 }, words(0x7fc0, 0))).toBe('bad:not_available')
  expect(decode({ type: 'float32', count: 2 }, words(0xff80, 0))).toBe('bad:not_available')
  expect(decode({ type: 'float32', count: 2, notAvailable: [-9999] }, words(0xc61c, 0x3c00))).toBe('bad:not_available')
  expect(decode({ type: 'string', count: 2 }, words(0, 0))).toBe('bad:not_available')
  expect(decode({ type: 'enum', names, notAvailable: [0xffff] }, words(0xffff))).toBe('bad:not_available')
})

test('a value outside the plausible range is bad, its ends are good', () => {
  const point = { type: 'int16', scale: [0.1], range: [-40, 60] } as const
  expect(decode(point, words(600))).toBe(60)
  expect(decode(point, words(601))).toBe('bad:out_of_range')
  expect(decode({ ...point, notAvailable: [0x8000] }, words(0x8000))).toBe('bad:not_available')
  expect(decode({ type: 'uint64', count: 4, range: [0, 1e9] }, words(0xffff, 0, 0, 0))).toBe('bad:out_of_range')
})

test('a BCD nibble that is no digit is malformed', () => {
  expect(decode({ type: 'bcd16' }, words(0x2359))).toBe(2359)
  expect(decode({ type: 'bcd16' }, words(0x2a59))).toBe('bad:malformed')
  expect(decode({ type: 'bcd16', notAvailable: [0xffff] }, words(0xffff))).toBe('bad:not_available')
})

test('a string loses its padding wherever it stands', () => {
  expect(decode({ type: 'string', count: 4 }, words(0x4232, 0x3320, 0x2020, 0))).toBe('B23')
  expect(decode({ type: 'string', count: 3 }, words(0x0042, 0x0032, 0x0033))).toBe('B23')
})

test('an enum without a name for a number shows the number', () => {
  expect(decode({ type: 'enum', names }, words(9))).toBe('fault')
  expect(decode({ type: 'enum', names }, words(8))).toBe('8')
})

test('not available can be written where the type has a way to say so', () => {
  const points = [
    testPoint({ name: 'none' }),
    testPoint({ name: 'u16', notAvailable: [0xffff] }),
    testPoint({ name: 'u8', type: 'uint8', half: 'high', order: 'badc', notAvailable: [0xff] }),
    testPoint({ name: 'i64', type: 'int64', count: 4, notAvailable: [1n << 63n] }),
    testPoint({ name: 'f64', type: 'float64', count: 4, order: 'cdab' }),
    testPoint({ name: 'text', type: 'string', count: 2 }),
  ]
  const writer = compileModbusWriter(testProfile(points), { params: {} })
  expect(writer.encodeNotAvailable('none')).toBeUndefined()
  for (const point of points.slice(1)) {
    const tables = new Tables()
    const cells = writer.encodeNotAvailable(point.name)
    if (cells) tables.put(cells)
    expect(poll([point], tables).quality).toStrictEqual({ [point.name]: 'bad:not_available' })
  }
})

test('an encoded number is clamped to its raw type, and its decoded value says so', () => {
  const writer = compileModbusWriter(testProfile([testPoint({ name: 'p', type: 'int16', scale: [0.1] })]), {
    params: {},
  })
  expect(writer.quantise('p', 1e9)).toBe(3276.7)
  expect(writer.quantise('p', 23.44)).toBe(23.4)
  expect(() => writer.encode('p', 'hot')).toThrow('point p: hot is no int16')
})

test('whatever a device answers, each point has a value or a quality', () => {
  const points = Object.values(types)
    .filter(({ point }) => point.table === undefined)
    .map(({ point }, index) => testPoint({ ...point, name: `p${index}`, address: index * 5, notAvailable: [0xffff] }))
  const [request] = compileModbusReader(testProfile(points, { registers: 125, hole: 5 }), { params: {} })
    .plan(points.map(point => point.name))
    .filter(each => each.points.length > 5)
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 200, maxLength: 250 }), data => {
      const into: Readings = { values: {}, quality: undefined }
      request?.decode(data, into)
      const told = [...Object.keys(into.values), ...Object.keys(into.quality ?? {})]
      expect(told.toSorted()).toStrictEqual(request?.points.toSorted())
      for (const value of Object.values(into.values)) expect(Number.isNaN(value)).toBe(false)
    }),
    { numRuns: 200 },
  )
})
