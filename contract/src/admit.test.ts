import { expect, test } from 'vitest'
import { admitBatch } from './admit.ts'
import type { Entry, SummaryEntry } from './entry.ts'
import { emptySet } from './interval-set.ts'
import type { IntervalSet } from './interval-set.ts'
import { stringifyJson } from './json.ts'

const a = 'aaaaaaaa-0000-4000-8000-000000000000'
const b = 'bbbbbbbb-0000-4000-8000-000000000000'
const sample = { k: 'sample', device: 'd', t: 1, values: { x: 1 } } as const
const gap = { k: 'gap', t: 1, reason: 'evicted', names: [{ stream: a, seqs: [[1, 4]] }] } as const

function summaryOf(device: string): SummaryEntry {
  const points = { x: { min: 1, max: 1, mean: 1, count: 1 } }
  return { k: 'summary', t: 1, until: 2, device, points, names: [{ stream: a, seqs: [[1, 4]] }] }
}

function admit(entries: readonly Entry[], sets: Readonly<Record<string, IntervalSet>> = {}) {
  const batch = { stream: b, seq: 1, entries, lines: entries.map(stringifyJson) }
  return admitBatch(batch, stream => sets[stream] ?? emptySet)
}

test('a batch enters with its lines and its name', () => {
  const admitted = admit([sample])
  expect(admitted?.entries).toEqual([{ idx: 0, entry: sample, line: stringifyJson(sample) }])
  expect([...(admitted?.sets ?? [])]).toEqual([[b, [[1, 1]]]])
})

test('a batch that is in the set changes nothing', () => {
  expect(admit([sample], { [b]: [[1, 1]] })).toBeUndefined()
})

test('a gap enters without what has arrived, and its names are in the sets from then on', () => {
  const admitted = admit([gap, sample], { [a]: [[2, 9]] })
  const cut = { ...gap, names: [{ stream: a, seqs: [[1, 1]] }] }
  expect(admitted?.entries.map(({ idx, line }) => [idx, line])).toEqual([
    [0, stringifyJson(cut)],
    [1, stringifyJson(sample)],
  ])
  expect(admitted?.sets.get(a)).toEqual([[1, 9]])
})

test('a gap of which everything has arrived leaves a hole in the numbering of entries', () => {
  expect(admit([gap, sample], { [a]: [[1, 4]] })?.entries.map(({ idx }) => idx)).toEqual([1])
})

test('two gaps of one batch name each batch once', () => {
  const more = { ...gap, names: [{ stream: a, seqs: [[3, 6]] }] } as const
  const entries = admit([gap, more])?.entries.map(({ entry }) => entry)
  expect(entries).toEqual([gap, { ...more, names: [{ stream: a, seqs: [[5, 6]] }] }])
})

test('summaries of several devices over the same batches all enter', () => {
  const admitted = admit([summaryOf('one'), summaryOf('two')])
  expect(admitted?.entries.map(({ entry }) => entry.k)).toEqual(['summary', 'summary'])
  expect(admitted?.sets.get(a)).toEqual([[1, 4]])
})

test('a gap behind a summary does not name again what the summary stands for', () => {
  expect(admit([summaryOf('one'), gap])?.entries.map(({ entry }) => entry.k)).toEqual(['summary'])
})

test('a summary whose batches have arrived in part becomes a gap', () => {
  expect(admit([summaryOf('one')], { [a]: [[1, 1]] })?.entries[0]?.entry).toMatchObject({
    k: 'gap',
    reason: 'thinned',
    names: [{ stream: a, seqs: [[2, 4]] }],
  })
})

test('what a batch passes on enters where its own batch has not arrived, whatever else of the batch falls away', () => {
  const passedOn = (seq: number) => ({ ...sample, t: seq, fromBatch: { stream: a, seq } })
  const entries = [summaryOf('one'), passedOn(1), passedOn(4), sample]
  expect(admit(entries)?.entries.map(({ idx }) => idx)).toEqual([0, 1, 2, 3])
  const admitted = admit([passedOn(1), ...entries], { [a]: [[1, 1]] })
  expect(admitted?.entries.map(({ idx, entry }) => [idx, entry.k])).toEqual([
    [1, 'gap'],
    [3, 'sample'],
    [4, 'sample'],
  ])
  expect(admitted?.sets.get(a)).toEqual([[1, 4]])
})
