import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { FactorRegister } from './profile.ts'
import { compileModbusReader } from './reader.ts'
import type { Readings } from './readings.ts'
import { ModbusTables } from './tables.ts'
import { testPoint, testProfile } from './testing.ts'
import { compileModbusWriter } from './writer.ts'

const factor: FactorRegister = { table: 'holding', address: 4, type: 'int16', half: 'low', decimals: false }
const power = testPoint({ name: 'power', type: 'int16', address: 0, scaleFrom: factor })
const reader = compileModbusReader(testProfile([power], { hole: 10 }), { params: {} })
const farReader = compileModbusReader(testProfile([power], { hole: 2 }), { params: {} })

function fresh(): Readings {
  return { values: {}, quality: undefined }
}

function device(raw: number, exponent: number): ModbusTables {
  const tables = new ModbusTables()
  tables.put({ table: 'holding', address: 0, words: [raw], mask: 0xffff })
  tables.put({ table: 'holding', address: 4, words: [exponent & 0xffff], mask: 0xffff })
  return tables
}

function answer(
  tables: ModbusTables,
  request: { functionCode: 1 | 2 | 3 | 4; address: number; count: number },
): Uint8Array {
  return tables.read(request.functionCode, request.address, request.count)
}

test('a scale factor is read in the same request as its value', () => {
  const [request, ...others] = reader.plan(['power'])
  expect(others).toStrictEqual([])
  expect(request).toMatchObject({ address: 0, count: 5, points: ['power'] })
  const into = fresh()
  request?.decode(device(2304, -1).read(3, 0, 5), into)
  request?.decode(device(2304, -1).read(3, 0, 5), into)
  expect(into).toStrictEqual({ values: { power: 230.4 }, quality: undefined })
})

test('a positive scale factor multiplies, one that is not implemented makes the value unavailable', () => {
  const [request] = reader.plan(['power'])
  const [up, none, absurd] = [fresh(), fresh(), fresh()]
  request?.decode(device(23, 2).read(3, 0, 5), up)
  request?.decode(device(23, 0x8000).read(3, 0, 5), none)
  request?.decode(device(23, 300).read(3, 0, 5), absurd)
  expect(up.values).toStrictEqual({ power: 2300 })
  expect(none).toStrictEqual({ values: {}, quality: { power: 'bad:not_available' } })
  expect(absurd).toStrictEqual({ values: {}, quality: { power: 'bad:not_available' } })
})

test('a factor out of reach is read first and used in the same poll, in any order of the answers', () => {
  const [first, second, ...others] = farReader.plan(['power'])
  expect(others).toStrictEqual([])
  expect(first).toMatchObject({ address: 4, count: 1, points: [] })
  expect(second).toMatchObject({ address: 0, count: 1, points: ['power'] })
  if (!first || !second) return
  for (const order of [
    [first, second],
    [second, first],
  ]) {
    const into = fresh()
    for (const request of order) request.decode(answer(device(2304, -1), request), into)
    expect(into).toStrictEqual({ values: { power: 230.4 }, quality: undefined })
  }
})

test('a factor of an earlier poll is never used', () => {
  const [first, second] = farReader.plan(['power'])
  if (!first || !second) throw new Error('no plan')
  const [one, two, three] = [fresh(), fresh(), fresh()]
  first.decode(answer(device(2304, -1), first), one)
  second.decode(answer(device(2304, -1), second), two)
  expect(two).toStrictEqual({ values: {}, quality: { power: 'bad:communication' } })
  first.decode(answer(device(2304, -2), first), three)
  expect(three).toStrictEqual({ values: {}, quality: undefined })
  second.decode(answer(device(2304, -2), second), three)
  expect(three.values).toStrictEqual({ power: 23.04 })
})

test('a register that counts decimals divides', () => {
  const point = testPoint({
    name: 'p',
    scaleFrom: { ...factor, address: 1, type: 'uint8', half: 'high', decimals: true },
  })
  const tables = new ModbusTables()
  tables.put({ table: 'holding', address: 0, words: [1234, 0x0207], mask: 0xffff })
  const [request] = compileModbusReader(testProfile([point]), { params: {} }).plan(['p'])
  const into = fresh()
  request?.decode(tables.read(3, 0, 2), into)
  expect(into.values).toStrictEqual({ p: 12.34 })
})

test('a writer chooses a factor with which the range fits', () => {
  const wide = testPoint({ name: 'power', type: 'int16', scaleFrom: factor, range: [-20_000, 20_000] })
  const profile = testProfile([wide], { hole: 10 })
  const writer = compileModbusWriter(profile, { params: {} })
  expect(writer.constants).toStrictEqual([{ table: 'holding', address: 4, words: [0], mask: 0xffff }])
  expect(writer.quantise('power', 12_345)).toBe(12_345)
  const narrow = compileModbusWriter(testProfile([{ ...wide, range: [0, 300] }]), { params: {} })
  expect(narrow.quantise('power', 230.45)).toBe(230.45)
})

test('whatever the layout, the limits and the order of the answers, every value finds its factor', () => {
  const layout = fc.uniqueArray(
    fc.record({ address: fc.nat(40), factor: fc.integer({ min: 50, max: 54 }), far: fc.boolean() }),
    { selector: each => each.address, minLength: 1, maxLength: 12 },
  )
  fc.assert(
    fc.property(
      layout,
      fc.integer({ min: 2, max: 60 }),
      fc.nat(50),
      fc.infiniteStream(fc.nat()),
      (drafts, most, hole, dice) => {
        const points = drafts.map(({ address, factor: at, far }) =>
          testPoint({
            name: `p${address}`,
            type: 'int16',
            address,
            range: [-300, 300],
            scaleFrom: { ...factor, address: far ? at : 41 },
          }),
        )
        const profile = testProfile(points, { registers: most, hole })
        const writer = compileModbusWriter(profile, { params: {} })
        const tables = new ModbusTables()
        for (const cells of writer.constants) tables.put(cells)
        const expected: Record<string, unknown> = {}
        for (const [index, point] of points.entries()) {
          expected[point.name] = writer.quantise(point.name, 230.17 - index)
          tables.put(writer.encode(point.name, 230.17 - index))
        }
        const plan = compileModbusReader(profile, { params: {} }).plan(points.map(point => point.name))
        const turns = plan
          .map(request => ({ request, turn: dice.next().value ?? 0 }))
          .toSorted((a, b) => a.turn - b.turn)
        for (const _ of [1, 2]) {
          const into = fresh()
          for (const { request } of turns) request.decode(answer(tables, request), into)
          expect(into).toStrictEqual({ values: expected, quality: undefined })
        }
        expect(plan.flatMap(request => request.points).toSorted()).toStrictEqual(
          points.map(({ name }) => name).toSorted(),
        )
      },
    ),
    { numRuns: 150 },
  )
})
