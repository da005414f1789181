import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { GapEntry, Interval, StreamSeqs, SummaryEntry } from './entry.ts'
import { cutGap, cutNames, cutSummary, mergeNames, namesOf } from './gaps.ts'
import { addRange, emptySet } from './interval-set.ts'
import type { IntervalSet } from './interval-set.ts'

const a = 'aaaaaaaa-0000-4000-8000-000000000000'
const b = 'bbbbbbbb-0000-4000-8000-000000000000'
const counts = { press_3: { temp: 20 } }

function gap(names: readonly StreamSeqs[]): GapEntry {
  return { k: 'gap', t: 1, reason: 'evicted', names, counts }
}

const summary: SummaryEntry = {
  k: 'summary',
  t: 1,
  until: 2,
  device: 'press_3',
  points: { temp: { min: 1, max: 3, mean: 2, count: 20 } },
  names: [{ stream: a, seqs: [[1, 4]] }],
}

function have(sets: Readonly<Record<string, IntervalSet>>) {
  return (stream: string) => sets[stream] ?? emptySet
}

test('a gap of which nothing has arrived stays as it is', () => {
  const whole = gap([{ stream: a, seqs: [[1, 4]] }])
  expect(cutGap(whole, have({ [b]: [[1, 9]] }))).toBe(whole)
})

test('a gap loses what has arrived, and its counts become upper bounds', () => {
  const names = [
    { stream: a, seqs: [[1, 4]] },
    { stream: b, seqs: [[7, 7]] },
  ] satisfies StreamSeqs[]
  expect(cutGap(gap(names), have({ [a]: [[2, 3]], [b]: [[7, 7]] }))).toEqual({
    ...gap([
      {
        stream: a,
        seqs: [
          [1, 1],
          [4, 4],
        ],
      },
    ]),
    countsAtMost: true,
  })
})

test('a gap of which everything has arrived vanishes', () => {
  expect(cutGap(gap([{ stream: a, seqs: [[1, 4]] }]), have({ [a]: [[1, 100]] }))).toBeUndefined()
})

test('a summary of which nothing has arrived stays; else a gap stands for the rest', () => {
  expect(cutSummary(summary, have({}))).toBe(summary)
  expect(cutSummary(summary, have({ [a]: [[1, 3]] }))).toEqual({
    k: 'gap',
    t: 1,
    reason: 'thinned',
    names: [{ stream: a, seqs: [[4, 4]] }],
    counts: { press_3: { temp: 20 } },
    countsAtMost: true,
  })
  expect(cutSummary(summary, have({ [a]: [[1, 4]] }))).toBeUndefined()
})

test('a batch answers for itself and for what its gaps and summaries name', () => {
  const entries = [summary, gap([{ stream: b, seqs: [[3, 3]] }]), { k: 'later', x: 1 }]
  expect(namesOf(entries, { stream: b, seq: 4 })).toEqual([
    { stream: b, seqs: [[3, 4]] },
    { stream: a, seqs: [[1, 4]] },
  ])
})

const seqs = fc
  .array(fc.tuple(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 0, max: 4 })), { minLength: 1, maxLength: 5 })
  .map(list => list.map(([from, more]): Interval => [from, from + more]))
const nameLists = fc.array(fc.record({ stream: fc.constantFrom(a, b), seqs }), { maxLength: 5 })

function flat(names: readonly StreamSeqs[]): Set<string> {
  const all = new Set<string>()
  for (const name of names) {
    for (const [from, to] of name.seqs) for (let seq = from; seq <= to; seq++) all.add(`${name.stream}/${seq}`)
  }
  return all
}

test('merged names are the union, cut names the difference, each stream once', () => {
  fc.assert(
    fc.property(nameLists, nameLists, (one, two) => {
      const merged = mergeNames(one, two)
      expect(flat(merged)).toEqual(new Set([...flat(one), ...flat(two)]))
      expect(new Set(merged.map(name => name.stream)).size).toBe(merged.length)
      const stored = (stream: string) =>
        two
          .filter(name => name.stream === stream)
          .flatMap(name => name.seqs)
          .reduce((set, [from, to]) => addRange(set, from, to), emptySet)
      expect(flat(cutNames(one, stored))).toEqual(new Set([...flat(one)].filter(name => !flat(two).has(name))))
    }),
  )
})
