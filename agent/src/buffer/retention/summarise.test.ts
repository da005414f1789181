import { entryProblem, parseJson, stringifyJson } from '@lineside/contract'
import type { Sample } from '@lineside/contract'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { passOn, summarise, windowMs } from './summarise.ts'

const stream = '0193f6a2-7c1f-7e11-8a02-51c0ffee0001'
const count = (values: object) => Object.keys(values).length
const isCounter = (_device: string, point: string) => point === 'energy'

function batch(seq: number, samples: readonly Omit<Sample, 'k'>[]) {
  return { gateway: 'g', stream, seq, boot: stream, lines: samples.map(one => stringifyJson({ k: 'sample', ...one })) }
}

test('fast analog values become one summary a minute, counters and all else stay as they were committed', () => {
  const t = 60_000 * 1000
  const seconds = [0, 1, 2, 3].map(second =>
    batch(second + 1, [
      {
        device: 'press',
        t: t + second * 1000,
        values: { temp: 20 + second, energy: 7 + second, state: 'run', on: true },
      },
    ]),
  )
  const { summaries, passedOn, readings } = summarise(seconds, isCounter)
  expect(summaries).toEqual([
    { k: 'summary', t, until: t + 3000, device: 'press', points: { temp: { min: 20, max: 23, mean: 21.5, count: 4 } } },
  ])
  expect(readings).toBe(4)
  expect(passedOn[1]).toBe(
    `{"k":"sample","device":"press","t":${t + 1000},"values":{"energy":8,"state":"run","on":true},"fromBatch":{"stream":"${stream}","seq":2}}`,
  )
})

test('doubtful, bad and slow readings, big integers and what is no sample are not thinned', () => {
  const lines = [
    ...[1, 2, 3].map(t => ({ k: 'sample', device: 'a', t, values: { x: 1 }, quality: { x: 'uncertain:unstable' } })),
    ...[1, 2, 3].map(t => ({ k: 'sample', device: 'a', t, values: {}, quality: { y: 'bad:communication' } })),
    ...[1, 2].map(t => ({ k: 'sample', device: 'b', t, values: { slow: t } })),
    ...[1, 2, 3].map(t => ({ k: 'sample', device: 'c', t, values: { total: 2n ** 60n } })),
    { k: 'state', t: 1, scope: 'agent', name: 'g', state: 'started' },
  ].map(stringifyJson)
  const { summaries, passedOn, readings } = summarise(
    [{ gateway: 'g', stream, seq: 9, boot: stream, lines }],
    isCounter,
  )
  expect({ summaries, readings }).toEqual({ summaries: [], readings: 0 })
  expect(passedOn).toEqual(lines.map(line => passOn(line, stream, 9)))
})

test('what was passed on once keeps the name of its first batch', () => {
  const once = passOn('{"k":"state"}', stream, 3)
  expect(passOn(once, stream, 8)).toBe(once)
})

test('whatever the values are: each reading is in one summary or passed on, and summaries are well-formed', () => {
  const name = fc.constantFrom('a', 'b', 'energy')
  const value = fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.boolean(), fc.string({ maxLength: 4 }))
  const sample = fc.record({
    device: fc.constantFrom('d', 'e'),
    t: fc.nat(3 * windowMs),
    values: fc.dictionary(name, value, { minKeys: 1 }),
  })
  fc.assert(
    fc.property(fc.array(fc.array(sample, { minLength: 1, maxLength: 5 }), { maxLength: 12 }), lists => {
      const batches = lists.map((list, index) => batch(index + 1, list))
      const { summaries, passedOn, readings } = summarise(batches, isCounter)
      const before = lists.flat().reduce((sum, { values }) => sum + count(values), 0)
      const parsed = passedOn.map(line => parseJson(line))
      const left = parsed.reduce<number>(
        (sum, entry) =>
          sum + (typeof entry === 'object' && entry !== null && 'values' in entry ? count(entry.values ?? {}) : 0),
        0,
      )
      expect(left + readings).toBe(before)
      expect(parsed.map(entryProblem)).toEqual(parsed.map(() => undefined))
      const points = summaries.flatMap(summary => Object.values(summary.points))
      expect(points.reduce((sum, point) => sum + point.count, 0)).toBe(readings)
      for (const { min, mean, max } of points) expect(min <= mean && mean <= max).toBe(true)
      const names = [{ stream, seqs: [[1, 12]] }]
      for (const summary of summaries) {
        expect(entryProblem(parseJson(stringifyJson({ ...summary, names })))).toBeUndefined()
        expect(summary.until - summary.t).toBeLessThan(windowMs)
      }
    }),
  )
})
