import { archiveRows, type ArchiveRow, type Sample } from '@lineside/contract'
import { expect, test } from 'vitest'
import { archivedSamples } from './archived-samples.ts'
import { compareLedger } from './comparison.ts'
import type { Reply } from './reply.ts'

const sample = (values: Sample['values'], quality?: Sample['quality']): Sample => ({
  k: 'sample',
  device: 'press_3',
  t: 1_763_700_000_000,
  values,
  ...(quality === undefined ? {} : { quality }),
})

const rowsOf = (seq: number, idx: number, one: Sample): ArchiveRow[] =>
  archiveRows({ gateway: 'g', stream: 's', seq, idx }, one)

test('puts rows together again, with exact integers and bad readings', () => {
  const large = 2n ** 63n + 1n
  const rows = [
    ...rowsOf(
      1,
      0,
      sample({ a: 1.5, on: true, state: 'run', big: large, long: -(2n ** 60n) }, { b: 'bad:not_available' }),
    ),
    ...rowsOf(1, 1, sample({ a: 2.5 })),
  ]
  expect(archivedSamples(rows)).toEqual([
    {
      device: 'press_3',
      points: { a: 1.5, on: 1, state: 'run', big: large, long: -(2n ** 60n) },
      quality: { b: 'bad:not_available' },
    },
    { device: 'press_3', points: { a: 2.5 }, quality: {} },
  ])
})

test('rows that are there twice are found as duplicates', () => {
  const rows = rowsOf(1, 0, sample({ a: 1, b: 2, c: true }))
  const reply: Reply = { device: 'press_3', n: 1, at: 0, points: { a: 1, b: 2, c: true } }
  expect(compareLedger([reply], archivedSamples([...rows, ...rows]))).toMatchObject({
    produced: 3,
    stored: 3,
    duplicated: 3,
    lost: 0,
    altered: 0,
  })
})
