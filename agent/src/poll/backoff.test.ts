import { seededRandom } from '@lineside/contract/testing'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { backoffDelay, defaultHealthPolicy, healthAfter, probeNow, startingHealth } from './backoff.ts'

const random = seededRandom(7)
const silentPoll = { kind: 'poll', answered: false } as const
const goodPoll = { kind: 'poll', answered: true } as const
const silentProbe = { kind: 'probe', answered: false } as const
const goodProbe = { kind: 'probe', answered: true } as const

test('delays grow to the limit and lie in the upper half of their step', () => {
  fc.assert(
    fc.property(fc.nat(1000), fc.double({ min: 0, max: 0.999, noNaN: true }), (attempt, drawn) => {
      const delay = backoffDelay({ baseMs: 500, maxMs: 30_000 }, attempt, () => drawn)
      const ceiling = Math.min(30_000, 500 * 2 ** Math.min(attempt, 20))
      expect(delay).toBeGreaterThanOrEqual(ceiling / 2)
      expect(delay).toBeLessThan(ceiling)
    }),
    { numRuns: 200 },
  )
})

test('two polls in a row without an answer make a device offline, one does not', () => {
  const once = healthAfter(startingHealth(0), silentPoll, 1000, random)
  expect(once.state).toBe('starting')
  expect(healthAfter(once, silentPoll, 2000, random)).toMatchObject({ state: 'offline', sinceMs: 2000 })
  const between = healthAfter(once, goodPoll, 2000, random)
  expect(healthAfter(between, silentPoll, 3000, random).state).toBe('online')
})

test('a good probe restores the device at once', () => {
  let health = healthAfter(healthAfter(startingHealth(0), silentPoll, 1, random), silentPoll, 2, random)
  health = healthAfter(health, silentProbe, 5000, random)
  expect(health.state).toBe('offline')
  expect(healthAfter(health, goodProbe, 9000, random)).toMatchObject({ state: 'online', sinceMs: 9000, failures: 0 })
})

test('a device that answers probes and never polls is asked ever more rarely', () => {
  let health = startingHealth(0)
  let now = 0
  const waits: number[] = []
  for (let round = 0; round < 12; round++) {
    do health = healthAfter(health, silentPoll, now, random)
    while (health.state !== 'offline')
    waits.push(health.probeAtMs - now)
    now = health.probeAtMs
    health = healthAfter(health, goodProbe, now, random)
  }
  expect(waits.at(-1)).toBeGreaterThanOrEqual(defaultHealthPolicy.maxMs / 2)
})

test('a healthy device costs no new object', () => {
  const health = healthAfter(startingHealth(0), goodPoll, 1, random)
  expect(healthAfter(health, goodPoll, 2, random)).toBe(health)
})

test('when the line is back an offline device is asked now', () => {
  const lost = healthAfter(healthAfter(startingHealth(0), silentPoll, 1, random), silentPoll, 2, random)
  expect(probeNow(lost, 3).probeAtMs).toBe(3)
})

test('any run of outcomes keeps the waiting time within its bounds', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.boolean(), fc.nat(100_000)), { maxLength: 60 }), steps => {
      let health = startingHealth(0)
      let now = 0
      for (const [answered, later] of steps) {
        now += later
        health = healthAfter(health, { kind: health.state === 'offline' ? 'probe' : 'poll', answered }, now, random)
        if (health.state !== 'offline') continue
        expect(health.probeAtMs - now).toBeGreaterThanOrEqual(defaultHealthPolicy.baseMs / 2)
        expect(health.probeAtMs - now).toBeLessThanOrEqual(defaultHealthPolicy.maxMs)
      }
    }),
    { numRuns: 200 },
  )
})
