import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { clocksDiffer, judgeTime, oldAfter, sampleAt, type Way } from './message-time.ts'

const now = 1_763_700_000_000
const hour = 3_600_000

const judge = (way: Way, agoMs: number | undefined, newestAgoMs?: number, silentAfterMs = Number.POSITIVE_INFINITY) =>
  judgeTime({
    way,
    t: agoMs === undefined ? undefined : now - agoMs,
    newest: newestAgoMs === undefined ? undefined : now - newestAgoMs,
    now,
    oldAfterMs: oldAfter(silentAfterMs),
  })

// Ages in ms; a negative one is a time ahead of the gateway's clock.
test.each<[Way, number | undefined, number | undefined, ReturnType<typeof judge>['of'], string]>([
  ['relayed', undefined, undefined, 'now', 'arrival'],
  ['relayed', 1000, undefined, 'now', 'own'],
  ['relayed', 1000, 1000, 'now', 'own'],
  ['relayed', 1000, 2000, 'now', 'own'],
  ['relayed', 2000, 1000, 'past', 'own'],
  ['relayed', clocksDiffer, undefined, 'now', 'own'],
  ['relayed', clocksDiffer + 1, undefined, 'past', 'own, old'],
  ['relayed', 1000 * hour, 1, 'past', 'own, old'],
  ['relayed', -clocksDiffer, undefined, 'now', 'own'],
  ['relayed', -clocksDiffer - 1, undefined, 'now', 'arrival, doubtful'],
  ['relayed', -600_000 * hour, 1, 'now', 'arrival, doubtful'],
  ['retained', undefined, undefined, 'kept', 'arrival'],
  ['retained', 1000, undefined, 'now', 'own'],
  ['retained', 1000 * hour, undefined, 'kept', 'own, old'],
  ['retained', 1000 * hour, 1, 'past', 'own, old'],
  ['retained', -hour, undefined, 'kept', 'arrival, doubtful'],
  ['direct', undefined, undefined, 'now', 'arrival'],
  ['direct', 2000, 1000, 'now', 'own'],
  ['direct', hour, undefined, 'now', 'arrival, doubtful'],
  ['direct', -hour, undefined, 'now', 'arrival, doubtful'],
  ['current', hour, 1000, 'now', 'own'],
  ['current', -hour, undefined, 'now', 'arrival, doubtful'],
  ['historical', 1, undefined, 'past', 'own'],
  ['historical', undefined, undefined, 'past', 'arrival'],
])('%s, made %s ms ago, the newest known one %s ms ago: of %s, time %s', (way, ago, newestAgo, of, time) => {
  const verdict = judge(way, ago, newestAgo)
  const words = [
    verdict.isOwn ? 'own' : 'arrival',
    ...(verdict.isDoubtful ? ['doubtful'] : []),
    ...(verdict.isOld ? ['old'] : []),
  ]
  expect([verdict.of, words.join(', ')]).toEqual([of, time])
})

test('a device that is expected once an hour is old after the silence that makes it stale', () => {
  expect(judge('relayed', 4 * hour, undefined, 5 * hour).of).toBe('now')
  expect(judge('relayed', 6 * hour, undefined, 5 * hour).of).toBe('past')
  // Clocks differ by more than one that is expected each second is silent.
  expect(judge('relayed', 60_000, undefined, 10_000).of).toBe('now')
})

test('whatever a message says of its time: none ahead of all clocks is believed, nothing relayed and old is of now', () => {
  const way = fc.constantFrom<Way>('direct', 'relayed', 'retained', 'current')
  const time = fc.option(fc.integer({ min: now - 1000 * hour, max: now + 1000 * hour }), { nil: undefined })
  fc.assert(
    fc.property(way, time, time, fc.integer({ min: 1, max: 24 * hour }), (by, t, newest, silentAfterMs) => {
      const oldAfterMs = oldAfter(silentAfterMs)
      const { of, isOwn } = judgeTime({ way: by, t, newest, now, oldAfterMs })
      if (isOwn) expect(t).toBeLessThanOrEqual(now + clocksDiffer)
      const isRelayed = by === 'relayed' || by === 'retained'
      if (isRelayed && of === 'now' && t !== undefined) expect(t).toBeGreaterThanOrEqual(now - oldAfterMs)
      if (isRelayed && of === 'now' && isOwn && newest !== undefined) expect(t).toBeGreaterThanOrEqual(newest)
      if (by === 'retained' && t === undefined) expect(of).toBe('kept')
    }),
  )
})

test('readings at the time of arrival instead of a wrong one are uncertain, bad ones stay bad', () => {
  const readings = { t: now + hour, values: { a: 1 }, quality: { b: 'bad:not_available' } as const }
  expect(sampleAt('d', readings, { isOwn: false, isDoubtful: true }, now)).toEqual({
    k: 'sample',
    device: 'd',
    t: now,
    values: { a: 1 },
    quality: { a: 'uncertain:clock_unsynchronised', b: 'bad:not_available' },
  })
})
