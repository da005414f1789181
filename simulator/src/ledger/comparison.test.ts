import { stringifyJson } from '@lineside/contract'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { compareLedger } from './comparison.ts'
import { parseLedgerLine } from './read-ledger.ts'
import type { ArchivedSample } from './readings.ts'
import type { Reply } from './reply.ts'

const reply = (n: number, points: Reply['points'], device = 'press_3'): Reply => ({ device, n, at: 1000 + n, points })
const sample = (points: Reply['points'], device = 'press_3'): ArchivedSample => ({ device, points })

const replies = [
  reply(1, { temperature: 20.5, state: 'run' }),
  reply(2, { temperature: 20.6, state: 'run' }),
  reply(3, { temperature: 20.7, state: 'run' }),
]
const samples = replies.map(({ device, points }) => ({ device, points }))

test('finds nothing wrong where every reply is there once, in any order', () => {
  expect(compareLedger(replies, samples.toReversed())).toEqual({
    produced: 6,
    stored: 6,
    lost: 0,
    duplicated: 0,
    altered: 0,
    equal: 0,
    examples: [],
  })
})

test('finds a lost reply', () => {
  const result = compareLedger(
    replies,
    [samples[0], samples[2]].filter(s => s !== undefined),
  )
  expect(result).toMatchObject({ produced: 6, stored: 4, lost: 2, duplicated: 0, altered: 0 })
  expect(result.examples).toEqual([
    { kind: 'lost', device: 'press_3', n: 2, produced: { temperature: 20.6, state: 'run' } },
  ])
})

test('finds a duplicated reply', () => {
  const result = compareLedger(replies, [...samples, sample({ temperature: 20.6, state: 'run' })])
  expect(result).toMatchObject({ produced: 6, stored: 6, lost: 0, duplicated: 2, altered: 0 })
  expect(result.examples).toMatchObject([{ kind: 'duplicated', device: 'press_3', n: 2 }])
})

test('finds one altered value and says what it was', () => {
  const result = compareLedger(replies, [...samples.slice(0, 2), sample({ temperature: 20.8, state: 'run' })])
  expect(result).toMatchObject({ produced: 6, stored: 5, lost: 0, duplicated: 0, altered: 1 })
  expect(result.examples).toEqual([
    {
      kind: 'altered',
      device: 'press_3',
      n: 3,
      produced: { temperature: 20.7, state: 'run' },
      stored: { temperature: 20.8, state: 'run' },
    },
  ])
})

test('finds one lost, one duplicated and one altered beside each other', () => {
  const many = Array.from({ length: 50 }, (_, i) => reply(i + 1, { x: i, y: i * 2 }))
  const kept = many.filter(({ n }) => n !== 10).map(({ device, points }) => ({ device, points }))
  const stored = kept.map(s => (s.points['x'] === 20 ? sample({ x: 20, y: 41 }) : s))
  stored.push(sample({ x: 30, y: 60 }))
  expect(compareLedger(many, stored)).toMatchObject({ produced: 100, stored: 97, lost: 2, duplicated: 2, altered: 1 })
})

test('takes several replies for one sample', () => {
  const poll = [reply(1, { a: 1, b: 2 }), reply(2, { c: 3 }), reply(3, { d: 'on' })]
  expect(compareLedger(poll, [sample({ a: 1, b: 2, c: 3, d: 'on' })])).toMatchObject({
    produced: 4,
    stored: 4,
    lost: 0,
  })
  const damaged = compareLedger(poll, [sample({ a: 1, b: 2, c: 4, d: 'on' })])
  expect(damaged).toMatchObject({ stored: 3, lost: 0, altered: 1 })
})

test('does not take one device for another', () => {
  const result = compareLedger([reply(1, { a: 1 }, 'one')], [sample({ a: 1 }, 'two')])
  expect(result).toMatchObject({ produced: 1, stored: 0, lost: 1, altered: 1 })
})

test('leaves out points that the agent does not read', () => {
  const produced = [reply(1, { a: 1, noise: 2 }), reply(2, { noise: 3 })]
  const result = compareLedger(produced, [sample({ a: 1 })], { only: (_device, point) => point !== 'noise' })
  expect(result).toMatchObject({ produced: 1, stored: 1, lost: 0, altered: 0 })
})

test('does not count a time-out that the agent stored', () => {
  const timeout = { device: 'press_3', points: {}, quality: { a: 'bad:communication', b: 'bad:communication' } }
  expect(compareLedger([reply(1, { a: 1, b: 2 })], [sample({ a: 1, b: 2 }), timeout])).toMatchObject({
    produced: 2,
    stored: 2,
    lost: 0,
    altered: 0,
  })
})

test('wants a bad reading back as the bad reading it was', () => {
  const bad: Reply = { ...reply(1, { a: 1 }), quality: { b: 'bad:not_available' } }
  const same = { device: 'press_3', points: { a: 1 }, quality: { b: 'bad:not_available' } }
  expect(compareLedger([bad], [same])).toMatchObject({ produced: 2, stored: 2, altered: 0 })
  expect(compareLedger([bad], [sample({ a: 1, b: 0 })])).toMatchObject({ produced: 2, stored: 1, altered: 1 })
})

test('counts equal replies: two produced and one stored is one lost', () => {
  const coil = [reply(1, { on: true }), reply(2, { on: true })]
  expect(compareLedger(coil, [sample({ on: 1 })])).toMatchObject({ produced: 2, stored: 1, lost: 1, equal: 1 })
})

test('takes whole numbers for equal whether they are numbers or bigints, and large ones exactly', () => {
  const large = 2n ** 60n + 1n
  expect(compareLedger([reply(1, { a: 5, b: large })], [sample({ a: 5n, b: large })])).toMatchObject({ stored: 2 })
  expect(compareLedger([reply(1, { b: large })], [sample({ b: Number(large) })])).toMatchObject({
    stored: 0,
    altered: 1,
  })
})

test('counts what was planted, whatever it is and wherever', () => {
  const plan = fc.array(fc.constantFrom('kept', 'lost', 'duplicated', 'altered'), { minLength: 1, maxLength: 60 })
  fc.assert(
    fc.property(plan, fates => {
      const produced = fates.map((_, i) => reply(i + 1, { a: i, b: -i, state: 'run' }))
      const stored = fates.flatMap((fate, i) => {
        const one = sample({ a: i, b: -i, state: 'run' })
        if (fate === 'lost') return []
        if (fate === 'altered') return [sample({ a: i, b: i + 0.5, state: 'run' })]
        return fate === 'duplicated' ? [one, one] : [one]
      })
      const count = (fate: string) => fates.filter(other => other === fate).length
      expect(compareLedger(produced, stored)).toMatchObject({
        produced: fates.length * 3,
        lost: count('lost') * 3,
        duplicated: count('duplicated') * 3,
        altered: count('altered'),
        stored: fates.length * 3 - count('lost') * 3 - count('altered'),
      })
    }),
    { numRuns: 100 },
  )
})

test('a ledger line is read back without loss', () => {
  const written: Reply = { ...reply(7, { a: 2n ** 63n, b: 0.1, c: 'x', d: true }), quality: { e: 'bad:not_available' } }
  expect(parseLedgerLine(stringifyJson(written), 'here')).toEqual(written)
  expect(() => parseLedgerLine('{"device":1}', 'plant.ndjson:3')).toThrow('plant.ndjson:3: not a line of a ledger')
})

test('an unconfirmed reply counts as produced only where it was taken', () => {
  const sure = { device: 'plug', n: 1, at: 0, points: { power: 1 } }
  const unsure = { device: 'plug', n: 2, at: 1, points: { power: 2 }, unconfirmed: true as const }
  const taken = [
    { device: 'plug', points: { power: 1 } },
    { device: 'plug', points: { power: 2 } },
  ]
  expect(compareLedger([sure, unsure], taken)).toMatchObject({ produced: 2, stored: 2, lost: 0, altered: 0 })
  expect(compareLedger([sure, unsure], taken.slice(0, 1))).toMatchObject({ produced: 1, stored: 1, lost: 0 })
  expect(compareLedger([sure, unsure], taken.slice(1))).toMatchObject({ produced: 2, stored: 1, lost: 1 })
  const twice = [...taken, { device: 'plug', points: { power: 2 } }]
  expect(compareLedger([sure, unsure], twice)).toMatchObject({ stored: 2, duplicated: 1 })
})
