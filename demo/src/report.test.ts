import { expect, test } from 'vitest'
import { type Evidence, makeReport, shortcomings } from './report.ts'

const ledger = [
  { device: 'meter', n: 1, at: 1, points: { power: 5.5, running: true } },
  { device: 'meter', n: 2, at: 2, points: { power: 6.5, running: true } },
  { device: 'scale', n: 1, at: 2, points: { weight: 7 } },
  { device: 'plug', n: 1, at: 2, points: { state: 'on' } },
]

const good: Evidence = {
  ledger,
  archive: {
    objects: 1,
    rows: 6,
    samples: [
      { device: 'meter', points: { power: 5.5, running: 1 } },
      { device: 'scale', points: { weight: 7 } },
      { device: 'meter', points: { power: 6.5, running: 1 } },
      { device: 'plug', points: { state: 'on' } },
    ],
  },
  alarms: [{ device: 'meter', alarm: 'hot', raisedAfterMs: 3 }],
  sourceOf: new Map([
    ['meter', 'modbus'],
    ['scale', 'serial'],
    ['plug', 'mqtt'],
  ]),
  committed: 6,
  wireBytes: 60,
  cpuMs: 3,
  rssBytes: 90_000_000,
}

function withSamples(samples: Evidence['archive']['samples']): Evidence {
  return { ...good, archive: { ...good.archive, samples } }
}

test('a run in which everything arrived once has no shortcomings', () => {
  const report = makeReport(good)
  expect(report).toMatchObject({ produced: 6, stored: 6, lost: 0, duplicated: 0, altered: 0, bytesPerReading: 10 })
  expect(report.sources).toEqual({ modbus: 4, serial: 1, mqtt: 1 })
  expect(report.agent).toEqual({ cpuUsPerReading: 500, rssMb: 90 })
  expect(shortcomings(report)).toEqual([])
})

test('one planted loss, duplicate and altered value are each found', () => {
  const samples = good.archive.samples
  expect(makeReport(withSamples(samples.slice(1)))).toMatchObject({ lost: 2, duplicated: 0, altered: 0 })
  expect(makeReport(withSamples([...samples, ...samples.slice(1, 2)]))).toMatchObject({
    lost: 0,
    duplicated: 1,
    altered: 0,
  })
  const altered = withSamples([
    { device: 'scale', points: { weight: 8 } },
    ...samples.filter(s => s.device !== 'scale'),
  ])
  expect(makeReport(altered)).toMatchObject({ lost: 0, duplicated: 0, altered: 1 })
  expect(shortcomings(makeReport(altered))).toEqual(['1 readings altered'])
})

test('a silent source and a missing alarm are shortcomings', () => {
  const report = makeReport({ ...good, alarms: [], sourceOf: new Map([['meter', 'modbus']]) })
  expect(shortcomings(report)).toEqual(['no alarm came', 'nothing was read over serial', 'nothing was read over mqtt'])
})
