import { intervalSetOf, subtractSets, unionSets } from '@lineside/contract'
import type { IntervalSet } from '@lineside/contract'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { liveFrom, maxHoles, sendOrder } from './order.ts'
import type { Sendable } from './order.ts'

const stream = (id: number, more: Partial<Sendable>): Sendable => ({
  id,
  kind: 'data',
  run: id,
  current: false,
  present: [[1, 3]],
  bytes: 300,
  ...more,
})

test('alarms go first, then the live run, then the backlog from its oldest on', () => {
  const streams = [
    stream(1, {}),
    stream(2, { kind: 'alarms' }),
    stream(3, { kind: 'alarms', current: true }),
    stream(4, { current: true, present: [[1, 90]] }),
  ]
  expect(sendOrder(streams, 80, () => [])).toEqual([
    { id: 2, from: 1, to: 3 },
    { id: 3, from: 1, to: 3 },
    { id: 4, from: 80, to: 90 },
    { id: 1, from: 1, to: 3, isBacklog: true },
    { id: 4, from: 1, to: 79, isBacklog: true },
  ])
})

const set = fc
  .array(fc.tuple(fc.integer({ min: 1, max: 200 }), fc.nat(20)), { maxLength: 8 })
  .map(list => intervalSetOf(list.map(([from, more]) => [from, from + more])) ?? [])

test('whatever is under way, each free batch is sent once, and no other', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(set, set, fc.boolean()), { maxLength: 5 }),
      fc.integer({ min: 1, max: 250 }),
      (list, live) => {
        const streams = list.map(([present, , alarms], id) =>
          stream(id, { present, kind: alarms ? 'alarms' : 'data', current: id === list.length - 1 }),
        )
        const sent = new Map<number, IntervalSet>()
        let count = 0
        for (const { id, from, to } of sendOrder(streams, live, of => list[of]?.[1] ?? [])) {
          sent.set(id, unionSets(sent.get(id) ?? [], [[from, to]]))
          count += to - from + 1
        }
        for (const [id, [present, busy]] of list.entries())
          expect(sent.get(id) ?? []).toEqual(subtractSets(present, busy))
        const all = [...sent.values()].flat().reduce((sum, [from, to]) => sum + to - from + 1, 0)
        expect(count).toBe(all)
      },
    ),
  )
})

test('the live run stays where it is while it keeps up', () => {
  expect(liveFrom(stream(1, { present: [[5, 20]], bytes: 1600 }), 5, 10_000)).toBe(5)
})

test('after an outage the live run begins at the newest batches', () => {
  expect(liveFrom(stream(1, { present: [[5, 10_004]], bytes: 1_000_000 }), 5, 10_000)).toBe(9979)
})

test('with as many open outages as there may be the oldest is drained first', () => {
  const holes = Array.from({ length: maxHoles }, (_, i) => [i * 10 + 1, i * 10 + 5] as const)
  const present = [...holes, [10_000, 20_000] as const]
  expect(liveFrom(stream(1, { present, bytes: 10_000_000 }), 9000, 10_000)).toBe(1)
})

test('the live run never begins before what waits, nor behind its newest batch', () => {
  fc.assert(
    fc.property(set, fc.integer({ min: 1, max: 250 }), fc.integer({ min: 100, max: 5000 }), (present, from, size) => {
      const last = present.at(-1)?.[1] ?? from
      const next = liveFrom(stream(1, { present, bytes: present.length * 900 }), from, size)
      expect(next).toBeGreaterThanOrEqual(Math.min(from, present[0]?.[0] ?? from))
      expect(next).toBeLessThanOrEqual(Math.max(from, last))
    }),
  )
})
