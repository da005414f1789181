import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Barrier, coalesce, type Span, spansOf } from './plan.ts'
import type { ModbusLimits, ModbusPoint } from './profile.ts'
import { compileModbusReader } from './reader.ts'
import { testPoint, testProfile } from './testing.ts'

const point = fc.record({
  table: fc.constantFrom('input', 'holding', 'coil'),
  address: fc.nat(60),
  count: fc.integer({ min: 1, max: 4 }),
  mergeable: fc.boolean(),
}) satisfies fc.Arbitrary<Partial<ModbusPoint>>
const limits = fc.record({
  registers: fc.integer({ min: 4, max: 20 }),
  bits: fc.integer({ min: 4, max: 20 }),
  hole: fc.nat(4),
  bitHole: fc.nat(4),
  gapMs: fc.constant(0),
})

function named(points: readonly Partial<ModbusPoint>[]): ModbusPoint[] {
  return points.map((each, index) => testPoint({ ...each, name: `p${index}` }))
}

test('every point is covered exactly once, whole, and no request is over a limit', () => {
  fc.assert(
    fc.property(fc.array(point, { maxLength: 20 }), limits, (drafts, limit) => {
      const points = named(drafts)
      const blocks = coalesce(spansOf(points, limit), limit)
      expect(blocks.flatMap(block => block.points.map(each => each.name)).toSorted()).toStrictEqual(
        points.map(each => each.name).toSorted(),
      )
      for (const block of blocks) {
        expect(block.end - block.start).toBeLessThanOrEqual(block.table === 'coil' ? limit.bits : limit.registers)
        for (const each of block.points) {
          expect(each.table).toBe(block.table)
          expect(each.address).toBeGreaterThanOrEqual(block.start)
          expect(each.address + each.count).toBeLessThanOrEqual(block.end)
        }
        if (block.points.length > 1) expect(block.points.every(each => each.mergeable)).toBe(true)
        expect(longestHole(block.points)).toBeLessThanOrEqual(block.table === 'coil' ? limit.bitHole : limit.hole)
        expect(block.points.some(each => each.address === block.start)).toBe(true)
        expect(block.points.some(each => each.address + each.count === block.end)).toBe(true)
      }
    }),
    { numRuns: 200 },
  )
})

const few = fc.array(
  fc.record({
    table: fc.constantFrom('holding', 'coil'),
    address: fc.nat(24),
    count: fc.integer({ min: 1, max: 4 }),
    mergeable: fc.boolean(),
  }) satisfies fc.Arbitrary<Partial<ModbusPoint>>,
  { minLength: 1, maxLength: 6 },
)
const barriers = fc.array(
  fc
    .record({ table: fc.constantFrom('holding', 'coil'), at: fc.nat(28), length: fc.nat(3), isHole: fc.boolean() })
    .map(
      ({ table, at, length, isHole }): Barrier =>
        isHole
          ? { table, startsBefore: at, endsBehind: at + length }
          : { table, startsBefore: at + length + 1, endsBehind: at },
    ),
  { maxLength: 4 },
)

test('no grouping has fewer requests, whatever the device refuses', () => {
  fc.assert(
    fc.property(few, limits, barriers, (drafts, limit, barred) => {
      const spans = spansOf(named(drafts), limit)
      const blocks = coalesce(spans, limit, barred)
      expect(blocks.length).toBe(fewest(spans, limit, barred))
      for (const block of blocks) {
        const own = spans.filter(span => span.table === block.table && block.points.some(p => span.points.includes(p)))
        expect(isAllowed(own, limit, barred)).toBe(true)
      }
    }),
    { numRuns: 300 },
  )
})

function longestHole(points: readonly ModbusPoint[]): number {
  const sorted = points.toSorted((a, b) => a.address - b.address)
  let end = sorted[0]?.address ?? 0
  let longest = 0
  for (const each of sorted) {
    longest = Math.max(longest, each.address - end)
    end = Math.max(end, each.address + each.count)
  }
  return longest
}

/** Tries every way to put spans into groups. */
function fewest(
  spans: readonly Span[],
  limit: ModbusLimits,
  barred: readonly Barrier[],
  groups: readonly (readonly Span[])[] = [],
): number {
  const [first, ...rest] = spans
  if (!first) return groups.every(group => isAllowed(group, limit, barred)) ? groups.length : Number.POSITIVE_INFINITY
  let best = fewest(rest, limit, barred, [...groups, [first]])
  for (const [index, group] of groups.entries()) {
    best = Math.min(best, fewest(rest, limit, barred, groups.with(index, [...group, first])))
  }
  return best
}

function isAllowed(group: readonly Span[], limit: ModbusLimits, barred: readonly Barrier[]): boolean {
  const [first] = group
  if (group.length === 1 || !first) return true
  const start = Math.min(...group.map(span => span.start))
  const end = Math.max(...group.map(span => span.end))
  const { table } = first
  const [most, hole] = table === 'coil' ? [limit.bits, limit.bitHole] : [limit.registers, limit.hole]
  if (group.some(span => !span.mergeable || span.table !== table) || end - start > most) return false
  if (longestHole(group.flatMap(span => span.points)) > hole) return false
  // What one of them reads anyway the others may be part of.
  if (group.some(span => span.start === start && span.end === end)) return true
  return !barred.some(each => each.table === table && start < each.startsBefore && end > each.endsBehind)
}

test('a plan asks with the function code of each table, and names each point once', () => {
  const points = [
    testPoint({ name: 'a', table: 'coil', address: 3 }),
    testPoint({ name: 'b', table: 'discrete', address: 3 }),
    testPoint({ name: 'c', table: 'holding', address: 3 }),
    testPoint({ name: 'd', table: 'input', address: 3, count: 2, type: 'int32' }),
    testPoint({ name: 'e', table: 'input', address: 5, count: 2, type: 'int32' }),
  ]
  const plan = compileModbusReader(testProfile(points), { params: {} }).plan(['a', 'b', 'c', 'd', 'e', 'e'])
  expect(
    plan.map(({ functionCode, address, count, points: names }) => [functionCode, address, count, names]),
  ).toStrictEqual([
    [1, 3, 1, ['a']],
    [2, 3, 1, ['b']],
    [4, 3, 4, ['d', 'e']],
    [3, 3, 1, ['c']],
  ])
})

test('a point that the profile does not have is a mistake of the caller', () => {
  const reader = compileModbusReader(testProfile([testPoint({ name: 'a' })]), { params: {} })
  expect(() => reader.plan(['b'])).toThrow('no point b in test/device')
})

test('an answer that is too short makes its points malformed', () => {
  const points = [testPoint({ name: 'a' }), testPoint({ name: 'b', address: 1 })]
  const [request] = compileModbusReader(testProfile(points), { params: {} }).plan(['a', 'b'])
  const into = { values: {}, quality: undefined }
  request?.decode(Uint8Array.of(1, 2, 3), into)
  expect(into).toStrictEqual({ values: {}, quality: { a: 'bad:malformed', b: 'bad:malformed' } })
})
