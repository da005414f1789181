import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { lineUse, UseMeter } from './use.ts'

/** One poll every `everyMs`, each of `tookMs`, for `spanMs`. */
function pollEvery(
  everyMs: number,
  tookMs: number,
  spanMs: number,
  meter = new UseMeter(1000, 0),
  fromMs = 0,
): UseMeter {
  for (let at = fromMs; at < fromMs + spanMs; at += everyMs) {
    meter.began(at)
    meter.ended(at + tookMs, tookMs)
  }
  return meter
}

test('a device that takes 300 ms of every second takes 30 %, in the last minute and the last 15', () => {
  const use = pollEvery(1000, 300, 3_600_000).read('d', 3_600_000, 1)
  expect(use.busy.lastMinute).toBeCloseTo(0.3, 1)
  expect(use.busy.last15Minutes).toBeCloseTo(0.3, 2)
  expect(use).toMatchObject({ device: 'd', busyMs: 1_080_000, wantedMs: 1000, medianMs: 1000, p95Ms: 1000 })
})

test('what is over is forgotten, after a minute and after 15', () => {
  const meter = pollEvery(1000, 500, 600_000)
  expect(meter.read('d', 670_000, 1).busy.lastMinute).toBe(0)
  expect(meter.read('d', 670_000, 1).busy.last15Minutes).toBeGreaterThan(0.3)
  const later = meter.read('d', 600_000 + 910_000, 1)
  expect(later.busy.last15Minutes).toBe(0)
  expect(later.medianMs).toBeUndefined()
  expect(later.busyMs).toBe(300_000)
})

test('the intervals are those that were achieved', () => {
  expect(pollEvery(1500, 100, 600_000).read('d', 600_000, 1)).toMatchObject({ medianMs: 1500, p95Ms: 1500 })
  const mostly = new UseMeter(1000, 0)
  let at = 0
  for (let i = 0; i < 600; i++) mostly.began((at += i % 10 === 0 ? 2000 : 1000))
  expect(mostly.read('d', at, 1)).toMatchObject({ medianMs: 1000, p95Ms: 2000 })
})

test('the time that a device was away is no interval', () => {
  const meter = pollEvery(1000, 10, 60_000)
  meter.interrupted()
  pollEvery(1000, 10, 60_000, meter, 600_000)
  expect(meter.read('d', 660_000, 1)).toMatchObject({ medianMs: 1000, p95Ms: 1000 })
})

test('shares stay between 0 and 1 and a line has those of its devices, whatever happens when', () => {
  const events = fc.array(fc.record({ later: fc.nat(200_000), took: fc.nat(70_000) }), { maxLength: 60 })
  fc.assert(
    fc.property(events, fc.integer({ min: 1, max: 4 }), (list, lanes) => {
      const meter = new UseMeter(1000, 0)
      let now = 0
      for (const { later, took } of list) {
        now += later
        meter.began(now)
        now += took
        meter.ended(now, took)
        const one = meter.read('d', now, lanes)
        const { busy } = lineUse(lanes, { late: [], lateMs: 0 }, [one, one, one, one, one])
        for (const share of [one.busy.lastMinute, one.busy.last15Minutes, busy.lastMinute, busy.last15Minutes]) {
          expect(share).toBeGreaterThanOrEqual(0)
          expect(share).toBeLessThanOrEqual(1)
        }
      }
    }),
    { numRuns: 200 },
  )
})

test('a device without an interval of its own is measured all the same', () => {
  const meter = new UseMeter(undefined, 0)
  meter.ended(1000, 500)
  expect(meter.read('d', 1000, 1)).toEqual({ device: 'd', busy: { lastMinute: 0.5, last15Minutes: 0.5 }, busyMs: 500 })
})
