import { compileModbusReader } from '@lineside/device-profiles'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { planRequests, withoutRefused } from './plan-requests.ts'
import type { RefusedGroup } from './refusals.ts'
import { testModbusProfile } from './testing.ts'

const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']
const reader = compileModbusReader(testModbusProfile(Object.fromEntries(names.map((name, i) => [name, i * 3]))), {
  params: {},
})

function group(points: readonly string[], retryAtMs: number, isSure: boolean): RefusedGroup {
  return { points, what: '', since: 0, attempt: 0, retryAtMs, splitAtMs: 0, isChecked: true, isSure }
}

/** Each point in no group, or in one of three. */
const cases = fc.record({
  places: fc.array(fc.integer({ min: 0, max: 3 }), { minLength: names.length, maxLength: names.length }),
  retryAtMs: fc.array(fc.constantFrom(50, 150), { minLength: 4, maxLength: 4 }),
  isSure: fc.boolean(),
  pass: fc.nat({ max: 20 }),
  urgent: fc.subarray(names),
})

test('every point is asked for once, or is said to be refused', () => {
  fc.assert(
    fc.property(cases, ({ places, retryAtMs, isSure, pass, urgent }) => {
      const groups = [1, 2, 3].flatMap(place => {
        const points = names.filter((_, i) => places[i] === place)
        return points.length === 0 ? [] : [group(points, retryAtMs[place] ?? 0, isSure)]
      })
      const plan = planRequests(reader, names, { groups, barriers: () => [] }, new Set(urgent))
      expect(plan.requests.flatMap(request => request.points).toSorted()).toEqual(names)

      const { queue, refused } = withoutRefused(plan, () => false, pass, 100)
      expect([...queue.flatMap(request => request.points), ...refused].toSorted()).toEqual(names)
      const early = queue.filter(request => (plan.refused.get(request)?.retryAtMs ?? 0) > 100)
      expect(early.length).toBeLessThanOrEqual(1)
      const isFine = places.some(place => place === 0) || queue.length > early.length
      expect(isFine || early.length === 1).toBe(true)
    }),
  )
})

test('what is urgent is asked first, and what is refused apart from the rest', () => {
  const plan = planRequests(reader, names, { groups: [group(['b'], 0, true)], barriers: () => [] }, new Set(['h']))
  expect(plan.requests[0]?.points).toContain('h')
  expect([...plan.refused.keys()].map(request => request.points)).toEqual([['b']])
})

test('where nothing else is left, one that is refused is asked before its time, by turns', () => {
  const groups = [names.slice(0, 4), names.slice(4)].map(points => group(points, 1000, true))
  const plan = planRequests(reader, names, { groups, barriers: () => [] }, new Set())
  const asked = [1, 2, 3, 4, 5, 6, 7, 8].map(pass => withoutRefused(plan, () => false, pass, 0).queue[0])
  expect(new Set(asked)).toEqual(new Set(plan.requests))
})
