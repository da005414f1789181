import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { readDsmrTime, writeDsmrTime } from './dsmr-time.ts'

test.each([
  ['161113205757W', 1, '2016-11-13T19:57:57Z'],
  ['260714153021S', 1, '2026-07-14T13:30:21Z'],
  ['260714153021S', 2, '2026-07-14T12:30:21Z'],
  // The hour that comes twice: the letter tells.
  ['261025023000S', 1, '2026-10-25T00:30:00Z'],
  ['261025023000W', 1, '2026-10-25T01:30:00Z'],
  // Without the letter the dates of summer time tell.
  ['260114150000', 1, '2026-01-14T14:00:00Z'],
  ['260714150000', 1, '2026-07-14T13:00:00Z'],
  ['260329015959', 1, '2026-03-29T00:59:59Z'],
  ['260329030000', 1, '2026-03-29T01:00:00Z'],
  ['261025015959', 1, '2026-10-24T23:59:59Z'],
  ['261025030000', 1, '2026-10-25T02:00:00Z'],
])('%s, winter %d h ahead, is %s', (text, winterOffset, wanted) => {
  expect(readDsmrTime(text, winterOffset)).toBe(Date.parse(wanted))
})

test.each([
  '632525252525W',
  '000101000001W',
  '261301000000W',
  '260230000000W',
  '260114240000W',
  '260114006000W',
  '260114000060W',
  '26011400000W',
  '260114000000X',
  '261025023000', // comes twice
  '260329023000', // never comes
  '',
])('"%s" is no time', text => {
  expect(readDsmrTime(text, 1)).toBe(undefined)
})

test('what was written is read again, to the second', () => {
  const times = fc.integer({ min: Date.UTC(2011, 0), max: Date.UTC(2062, 0) })
  fc.assert(
    fc.property(times, fc.integer({ min: 0, max: 3 }), (t, winterOffset) => {
      expect(readDsmrTime(writeDsmrTime(t, winterOffset), winterOffset)).toBe(Math.floor(t / 1000) * 1000)
    }),
    { numRuns: 500 },
  )
})
