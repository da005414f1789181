import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { compileModbusReader } from '../reader.ts'
import type { Readings } from '../readings.ts'
import { runModbusTests } from '../run-tests.ts'
import { ModbusTables } from '../tables.ts'
import { compileModbusWriter } from '../writer.ts'
import { bases, layOut } from './chain.ts'
import { headerPoints, locate } from './locate.ts'
import type { SunspecChain } from './profile.ts'
import { answersOf, sunspecProfile, sunspecYaml, walkAll } from './testing.ts'
import { ChainWalk } from './walk.ts'

const profile = sunspecProfile()
const { models: known } = profile.sunspec
const chainOf = (models: readonly number[], blocks = 0, base = 40_000) => layOut(known, { base, models, blocks })

/** Reads all points of a profile from a device with these words set over what it holds by itself. */
function read(chain: SunspecChain, set: Readonly<Record<number, readonly number[]>>): Readings {
  const located = locate(profile, chain)
  const tables = new ModbusTables()
  for (const cells of compileModbusWriter(located, { params: {} }).constants) tables.put(cells)
  for (const [address, words] of Object.entries(set)) {
    tables.put({ table: 'holding', address: Number(address), words, mask: 0xffff })
  }
  const into: Readings = { values: {}, quality: undefined }
  for (const request of compileModbusReader(located, { params: {} }).plan([...located.points.keys()])) {
    request.decode(tables.read(3, request.address, request.count), into)
  }
  return into
}

test('points lie where the chain has their models, and those of other models are not there', () => {
  const { points } = locate(profile, chainOf([103, 1], 0, 0))
  expect([...points].map(([name, { address }]) => [name, address])).toEqual(
    [
      ['serial_number', 104],
      ['power', 16],
    ].toSorted(([a], [b]) => (a === 'serial_number' ? -1 : b === 'serial_number' ? 1 : 0)),
  )
  expect(points.get('power')?.scaleFrom?.address).toBe(17)
})

test('of several places the first that the device has counts, with its type', () => {
  expect(locate(profile, chainOf([113])).points.get('power')).toMatchObject({
    address: 40_024,
    type: 'float32',
    count: 2,
  })
  expect(locate(profile, chainOf([113, 103])).points.get('power')).toMatchObject({ address: 40_078, type: 'int16' })
  expect(locate(profile, chainOf([113])).points.get('power')?.scaleFrom).toBeUndefined()
})

test('what lies in blocks is there once for each block that the device has', () => {
  const names = (blocks: number) => [...locate(profile, chainOf([160], blocks)).points.keys()]
  expect(names(0)).toEqual([])
  expect(names(3)).toEqual(['dc_power_1', 'dc_power_2', 'dc_power_3'])
  expect(locate(profile, chainOf([160], 3)).points.get('dc_power_3')?.address).toBe(40_002 + 10 + 2 * 20 + 11)
})

test('a model that is shorter than it should be lacks the points behind its end', () => {
  const short = {
    base: 0,
    models: [
      { id: 1, address: 2, length: 63, blocks: 0 },
      { id: 103, address: 67, length: 13, blocks: 0 },
    ],
  }
  expect([...locate(profile, short).points.keys()]).toEqual([])
  const enough = {
    base: 0,
    models: [
      { id: 1, address: 2, length: 64, blocks: 0 },
      { id: 103, address: 68, length: 14, blocks: 0 },
    ],
  }
  expect([...locate(profile, enough).points.keys()]).toEqual(['serial_number', 'power'])
})

test.each([
  ['a scale factor up to ±10', 2, 5, 500],
  ['a negative one', -3, -2500, -2.5],
  ['the largest', 10, 1, 1e10],
  ['one beyond it', 11, 1, 'bad:not_available'],
  ['one below the least', -11, 1, 'bad:not_available'],
  ['one that is not implemented', 0x8000, 1, 'bad:not_available'],
  ['a value that is not implemented', 0, 0x8000, 'bad:not_available'],
])('%s', (_, factor, raw, expected) => {
  const { values, quality } = read(chainOf([103]), { 40_016: [raw & 0xffff, factor & 0xffff] })
  expect(values['power'] ?? quality?.['power']).toBe(expected)
})

test('a header stands for model and length', () => {
  const [header] = headerPoints(chainOf([103]))
  expect(header).toMatchObject({ wanted: 103 * 65_536 + 50, point: { address: 40_002, count: 2, table: 'holding' } })
})

test('of several models with one number the param says which', () => {
  const chosen = sunspecProfile(`${sunspecYaml.replace('  usual:', '  which_from: nth\n  usual:')}
params: { nth: { description: which, default: 1 } }
tests:
  - params: { nth: 2 }
    holding: { 0: "5375 6e53 0067 0032", 54: "0067 0032", 68: "0007 0001", 106: "ffff 0000" }
    expect: { power: 70 }
`)
  const chain = chainOf([1, 103, 1, 103, 160], 1, 0)
  const placesOf = (params: Record<string, number>) =>
    [...locate(chosen, chain, params).points].map(([name, { address }]) => [name, address])
  expect(placesOf({})).toEqual([
    ['serial_number', 52],
    ['power', 84],
    ['dc_power_1', 263],
  ])
  expect(placesOf({ nth: 2 })).toEqual([
    ['serial_number', 172],
    ['power', 204],
  ])
  expect(placesOf({ nth: 3 })).toEqual([])
  expect(runModbusTests(chosen)).toEqual([])
})

test('other models make another version', () => {
  const versions = [[103], [113], [103, 160]].map(models => locate(profile, chainOf(models, 1)).version)
  expect(new Set(versions).size).toBe(3)
})

test('property: on whatever chain, what a device writes where a point lies is read as that point, and nothing reaches out of its model', () => {
  const ids = fc.array(fc.constantFrom(1, 103, 113, 160), { minLength: 1, maxLength: 8 })
  fc.assert(
    fc.property(
      ids,
      fc.constantFrom(...bases),
      fc.nat(4),
      fc.integer({ min: 0, max: 9000 }),
      (models, base, blocks, value) => {
        const chain = chainOf(models, blocks, base)
        const located = locate(profile, chain)
        const writer = compileModbusWriter(located, { params: {} })
        const tables = new ModbusTables()
        for (const cells of writer.constants) tables.put(cells)
        const shown = [...located.points].map(
          ([name, point], index) => [name, point.type === 'string' ? `N${value}` : value + index] as const,
        )
        for (const [name, each] of shown) tables.put(writer.encode(name, each))
        expect(walkAll(new ChainWalk(known), answersOf(tables)).result).toEqual({ kind: 'found', chain })
        const into: Readings = { values: {}, quality: undefined }
        for (const request of compileModbusReader(located, { params: {} }).plan([...located.points.keys()])) {
          request.decode(tables.read(3, request.address, request.count), into)
        }
        expect(into).toEqual({ values: Object.fromEntries(shown), quality: undefined })
        for (const point of located.points.values()) {
          const model = chain.models.findLast(({ address }) => address <= point.address)
          expect(point.address).toBeGreaterThanOrEqual((model?.address ?? Infinity) + 2)
          expect(point.address + point.count).toBeLessThanOrEqual((model?.address ?? 0) + 2 + (model?.length ?? 0))
        }
      },
    ),
  )
})
