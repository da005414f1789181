import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { archiveRows, archiveSummaryRows, archiveValue } from './archive.ts'
import type { SummaryEntry } from './entry.ts'
import type { Sample } from './sample.ts'

const context = { gateway: 'plant1-gw3', stream: 'aaaaaaaa-0000-4000-8000-000000000000', seq: 7, idx: 2 }

test('a sample gives a row for each reading, and a bad one has no value', () => {
  const sample: Sample = {
    k: 'sample',
    device: 'press_3',
    t: 1_763_700_000_123,
    values: { temp: 71.2, state: 'run' },
    quality: { temp: 'uncertain:unstable', vib: 'bad:sensor_failure' },
  }
  const rows = archiveRows(context, sample)
  expect(rows.map(row => [row.point, row.valueDouble, row.valueText, row.quality])).toEqual([
    ['temp', 71.2, undefined, 'uncertain:unstable'],
    ['state', undefined, 'run', undefined],
    ['vib', undefined, undefined, 'bad:sensor_failure'],
  ])
  expect(rows[0]).toMatchObject({ ...context, device: 'press_3', t: 1_763_700_000_123_000n })
})

test('a summary gives a row for each point: the mean as value, the readings it stands for and their bounds beside it', () => {
  const points = {
    temp: { min: 70, max: 73.5, mean: 71.2, count: 60 },
    vib: { min: 0, max: 1, mean: 0.25, count: 4 },
  }
  const summary: SummaryEntry = {
    k: 'summary',
    t: 1_763_700_000_000,
    until: 1_763_700_059_000,
    device: 'press_3',
    clock: 'unknown',
    points,
    names: [],
  }
  const rows = archiveSummaryRows(context, summary)
  expect(rows.map(({ point, valueDouble, summary: summed }) => [point, valueDouble, summed])).toEqual([
    ['temp', 71.2, { until: 1_763_700_059_000_000n, readings: 60, min: 70, max: 73.5 }],
    ['vib', 0.25, { until: 1_763_700_059_000_000n, readings: 4, min: 0, max: 1 }],
  ])
  const place = { ...context, device: 'press_3', t: 1_763_700_000_000_000n, quality: 'uncertain:clock_unknown' }
  for (const row of rows) expect(row).toMatchObject(place)
})

test('each type of value has its columns', () => {
  expect(archiveValue(true)).toEqual({ valueDouble: 1 })
  expect(archiveValue(42)).toEqual({ valueDouble: 42 })
  expect(archiveValue('42')).toEqual({ valueText: '42' })
  expect(archiveValue(2n ** 53n + 1n)).toEqual({ valueDouble: 2 ** 53, valueInt: 2n ** 53n + 1n })
  expect(archiveValue(2n ** 64n - 1n)).toEqual({ valueDouble: 2 ** 64, valueText: '18446744073709551615' })
})

test('every number has a double, and a whole number beyond its reach its exact digits beside it', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n }), exact => {
      const { valueDouble, valueInt, valueText } = archiveValue(exact)
      expect(valueDouble).toBe(Number(exact))
      expect(valueInt ?? BigInt(valueText ?? '')).toBe(exact)
    }),
  )
})

test('a point named as a member of every object has the quality it was given', () => {
  const sample: Sample = { k: 'sample', device: 'd', t: 0, values: { constructor: 1 }, quality: {} }
  expect(archiveRows(context, sample)[0]?.quality).toBeUndefined()
})
