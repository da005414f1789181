import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { ModbusTables } from '../tables.ts'
import { bases, chainCells, endOf, layOut } from './chain.ts'
import type { SunspecChain } from './profile.ts'
import { answersOf, sunspecProfile, walkAll } from './testing.ts'
import { ChainWalk, mostModels, type WalkAnswer } from './walk.ts'

const { models: known } = sunspecProfile().sunspec
const marker = [0x5375, 0x6e53]

function words(at: number, ...registers: number[]): (address: number, count: number) => WalkAnswer {
  return (address, count) => {
    const data = new Uint8Array(count * 2)
    const view = new DataView(data.buffer)
    for (let i = 0; i < count; i++) {
      const word = registers[address + i - at]
      if (word === undefined) return 'refused'
      view.setUint16(i * 2, word)
    }
    return data
  }
}

const zeros = (_: number, count: number) => new Uint8Array(count * 2)

function heldBy(chain: SunspecChain): ModbusTables {
  const tables = new ModbusTables()
  for (const cells of chainCells(chain, known)) tables.put(cells)
  return tables
}

test.each(bases)('a chain at %i is found as it is', base => {
  const chain = layOut(known, { base, models: [1, 103, 160], blocks: 3 })
  expect(walkAll(new ChainWalk(known), answersOf(heldBy(chain))).result).toEqual({ kind: 'found', chain })
})

test('a model that nobody knows is passed over by its length, a common model may have one register less', () => {
  const held = words(
    0,
    ...marker,
    1,
    65,
    ...Array(65).fill(7),
    64_999,
    3,
    7,
    7,
    7,
    103,
    50,
    ...Array(50).fill(7),
    0xffff,
    0,
  )
  expect(walkAll(new ChainWalk(known), held).result).toMatchObject({
    kind: 'found',
    chain: {
      base: 0,
      models: [
        { id: 1, address: 2, length: 65 },
        { id: 64_999, address: 69 },
        { id: 103, address: 74 },
      ],
    },
  })
})

test.each([
  ['the length', [4], 2],
  ['the register that counts them', [1], 1],
  ['the profile', [0xffff], 2],
  ['a count of none', [0], 0],
])('of blocks there are as many as %s says', (_, [count = 0], blocks) => {
  const held = words(0, ...marker, 160, 48, 0, 0, 0, 0, 0, 0, count, ...Array(41).fill(0), 0xffff, 0)
  expect(walkAll(new ChainWalk(known), held).result).toMatchObject({ chain: { models: [{ id: 160, blocks }] } })
})

test.each([
  ['is refused behind the last model', words(0, ...marker, 103, 2, 0, 0), 'its models have no end'],
  ['goes on with registers that nobody uses', words(0, ...marker, 103, 2, 0, 0, 0, 0), 'its models have no end'],
])('a chain that %s is taken as it is, with a remark', (_, held, remark) => {
  expect(walkAll(new ChainWalk(known), held).result).toMatchObject({
    kind: 'found',
    remark,
    chain: { models: [{ id: 103 }] },
  })
})

test.each([
  ['no marker', zeros, 'no SunSpec marker at holding register 40000, 0 or 50000', false],
  ['only refusals', () => 'refused' as const, 'no SunSpec marker at holding register 40000, 0 or 50000', true],
  ['nothing behind the marker', words(0, ...marker, 0xffff, 0), 'no model follows the SunSpec marker at 0', false],
  ['a marker alone', words(50_000, ...marker), 'no model follows the SunSpec marker at 50000', false],
  [
    'a model beyond the last address',
    words(50_000, ...marker, 103, 15_600),
    'model 103 at 50002 is said to have 15600 registers, beyond the last address',
    false,
  ],
  [
    'models without length for ever',
    (address: number, count: number) =>
      address === 40_000 ? words(40_000, ...marker, 103)(address, count) : words(address, 103, 0)(address, count),
    `more than ${mostModels} models follow one another`,
    false,
  ],
])('%s: no chain, with the reason', (_, held, reason, refused) => {
  expect(walkAll(new ChainWalk(known), held).result).toEqual({ kind: 'lost', reason, refused })
})

test('no two bases are asked for the same number of registers', () => {
  const counts: number[] = []
  walkAll(new ChainWalk(known), (_, count) => {
    counts.push(count)
    return 'refused'
  })
  expect(new Set(counts).size).toBe(bases.length)
})

test('another base first costs no chain', () => {
  const chain = layOut(known, { base: 40_000, models: [1], blocks: 0 })
  for (const first of [0, 1, 2]) {
    expect(walkAll(new ChainWalk(known, first), answersOf(heldBy(chain))).result).toMatchObject({
      kind: 'found',
      chain,
    })
  }
})

test('property: every chain that a device may have is found as it is', () => {
  const ids = fc.array(fc.constantFrom(...known.keys()), { minLength: 1, maxLength: 20 })
  fc.assert(
    fc.property(fc.constantFrom(...bases), ids, fc.integer({ min: 0, max: 4 }), (base, models, blocks) => {
      const chain = layOut(known, { base, models, blocks })
      expect(walkAll(new ChainWalk(known), answersOf(heldBy(chain))).result).toEqual({ kind: 'found', chain })
    }),
  )
})

test('property: whatever is answered, a walk ends within its bound, goes only forward and stays within the addresses', () => {
  const register = fc.oneof(fc.constantFrom(0x5375, 0x6e53, 0, 1, 103, 160, 0xffff), fc.nat(65_535))
  const answer = fc.oneof(
    { weight: 1, arbitrary: fc.constant(undefined) },
    { weight: 8, arbitrary: fc.tuple(register, register) },
    { weight: 8, arbitrary: fc.tuple(fc.constantFrom(1, 103, 160), fc.nat(60)) },
  )
  fc.assert(
    fc.property(fc.array(answer, { minLength: 1, maxLength: 200 }), fc.nat(2), (answers, first) => {
      const walk = new ChainWalk(known, first)
      const asked: number[] = []
      const { result, reads } = walkAll(walk, (address, count) => {
        expect(address + count).toBeLessThanOrEqual(65_536)
        if (walk.isInChain) asked.push(address)
        // The first three are markers, so that most walks get anywhere.
        const [high, low] = walk.isInChain ? (answers[asked.length % answers.length] ?? []) : marker
        if (high === undefined || low === undefined) return 'refused'
        return Uint8Array.of(high >> 8, high & 255, low >> 8, low & 255).slice(0, count * 2)
      })
      expect(reads).toBeLessThanOrEqual(3 + 2 * mostModels + 1)
      expect(asked.every((address, index) => index === 0 || address > (asked[index - 1] ?? 0))).toBe(true)
      if (result?.kind === 'found') {
        expect(endOf(result.chain)).toBeLessThanOrEqual(65_536)
        expect(result.chain.models.length).toBeLessThanOrEqual(mostModels)
      } else expect(result?.reason).toMatch(/\w/)
    }),
    { numRuns: 500 },
  )
})
