import { archiveRows, type Sample } from '@lineside/contract'
import { expect, test } from 'vitest'
import { checkRun, type Evidence } from './check.ts'

const gateway = 'g'
const stream = '00000000-0000-4000-8000-000000000001'
const samples = [1, 2, 3, 4].map(
  (n): Sample => ({ k: 'sample', device: 'd', t: n * 1000, values: { a: n, b: n + 0.5 } }),
)
const names = samples.map((_, i) => ({ stream, seq: i + 1, idx: 0 }))

/** Four samples, each a batch of its own, all of them stored; the agent was killed at 10 s. */
const honest: Evidence = {
  gateway,
  journal: samples.map((sample, i) => ({ stream, seq: i + 1, lines: [JSON.stringify(sample)] })),
  log: samples.map((sample, i) => ({ ...names[i]!, json: JSON.stringify(sample) })),
  archive: samples.flatMap((sample, i) => archiveRows({ gateway, ...names[i]! }, sample)),
  ledger: samples.map((sample, i) => ({ device: 'd', n: i + 1, at: sample.t, points: sample.values })),
  kills: [{ at: 10_000, until: 10_100 }],
  commitEveryMs: 200,
  mayRepeat: new Set(),
}
const none = { lost: 0, duplicated: 0, altered: 0 }

test('an honest run has no violations', () => {
  expect(checkRun(honest)).toEqual({
    entries: none,
    readings: none,
    source: none,
    unjournaled: 0,
    uncommitted: 0,
    redelivered: 0,
    violations: [],
  })
})

test('a reading that is missing in the archive is lost', () => {
  const verdict = checkRun({ ...honest, archive: honest.archive.slice(1) })
  expect(verdict.readings).toEqual({ ...none, lost: 1 })
  expect(verdict.source).toEqual({ ...none, lost: 1 })
  expect(verdict.violations).not.toEqual([])
})

test('a reading that is in the archive twice is duplicated', () => {
  const verdict = checkRun({ ...honest, archive: [...honest.archive, honest.archive[0]!] })
  expect(verdict.readings).toEqual({ ...none, duplicated: 1 })
  expect(verdict.violations).not.toEqual([])
})

test('a reading whose value changed is altered', () => {
  const [first, ...others] = honest.archive
  const verdict = checkRun({ ...honest, archive: [{ ...first!, valueDouble: 99 }, ...others] })
  expect(verdict.readings).toEqual({ ...none, altered: 1 })
  expect(verdict.source.altered).toBe(1)
  expect(verdict.violations).not.toEqual([])
})

test('entries in the log are held against the journal letter by letter', () => {
  const [first, second, ...others] = honest.log
  const log = [second!, second!, { ...others[0]!, json: '{}' }, ...others.slice(1)]
  expect(first).toBeDefined()
  const verdict = checkRun({ ...honest, log })
  expect(verdict.entries).toEqual({ lost: 1, duplicated: 1, altered: 1 })
  expect(verdict.violations).toHaveLength(3)
})

test('what was answered and never committed is excused only shortly before a kill', () => {
  const late = { device: 'd', n: 5, at: 9000, points: { a: 77, b: 78 } }
  expect(checkRun({ ...honest, ledger: [...honest.ledger, late] })).toMatchObject({ uncommitted: 2, violations: [] })
  const early = { ...late, at: 8700 }
  const verdict = checkRun({ ...honest, ledger: [...honest.ledger, early] })
  expect(verdict.source).toEqual({ ...none, lost: 2 })
  expect(verdict.violations).toHaveLength(1)
})

test('a batch that no journal knows is excused only at the end of a life, and few times', () => {
  const sample: Sample = { k: 'sample', device: 'd', t: 9000, values: { a: 9, b: 9.5 } }
  const extra = (seq: number) => ({ stream, seq, idx: 0, json: JSON.stringify(sample) })
  expect(checkRun({ ...honest, log: [...honest.log, extra(5)] })).toMatchObject({ unjournaled: 1, violations: [] })
  const many = [5, 6, 7, 8, 9].map(extra)
  expect(checkRun({ ...honest, log: [...honest.log, ...many] }).violations).toHaveLength(1)
  const hole = { ...honest, journal: honest.journal.filter(({ seq }) => seq !== 2) }
  expect(checkRun(hole).entries).toEqual({ ...none, altered: 1 })
})

test('only a device that is acknowledged late may repeat itself, and only what was committed twice', () => {
  const again = samples[0]!
  const journal = [...honest.journal, { stream, seq: 5, lines: [JSON.stringify(again)] }]
  const log = [...honest.log, { stream, seq: 5, idx: 0, json: JSON.stringify(again) }]
  const archive = [...honest.archive, ...archiveRows({ gateway, stream, seq: 5, idx: 0 }, again)]
  const twice = { ...honest, journal, log, archive }
  expect(checkRun({ ...twice, mayRepeat: new Set(['d']) })).toMatchObject({ redelivered: 2, violations: [] })
  expect(checkRun(twice).source).toEqual({ ...none, duplicated: 2 })
})
