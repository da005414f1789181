import { expect, test } from 'vitest'
import type { EvictedWhy } from '../api.ts'
import { describeNotice } from './notices.ts'
import { RetentionWatch } from './retention-watch.ts'

const hour = 3_600_000
const evicted = (readings: number, why: EvictedWhy = 'full') => ({ evicted: { batches: 1, readings, why } })
const disk = (freeBytes: number) => ({
  ...evicted(0),
  disk: { freeBytes, minFreeBytes: 100e6, roomBytes: 16e6 },
})

function lines(watch: RetentionWatch, what: Parameters<RetentionWatch['committed']>[0], nowMs: number) {
  return watch.committed(what, nowMs).flatMap(({ notice, isLogged }) => (isLogged ? [describeNotice(notice)] : []))
}

test('an eviction is in the log when it begins, once an hour with the total, and when it is over; never with 0', () => {
  const watch = new RetentionWatch('/b')
  const said: [atMs: number, line: string][] = []
  let told = 0
  for (let atMs = 0; atMs < 5 * hour; atMs += 1000) {
    const news = watch.committed(atMs < 2.5 * hour ? evicted(atMs % 3000 === 0 ? 2 : 0) : evicted(0), atMs)
    told += news.length
    for (const { notice, isLogged } of news) if (isLogged) said.push([atMs, describeNotice(notice)])
  }
  expect(told).toBe(3001)
  expect(said).toEqual([
    [0, expect.stringContaining('as large as max_size: 2 of the oldest readings were let go so far')],
    [hour, expect.stringContaining(': 2402 of the oldest readings')],
    [2 * hour, expect.stringContaining(': 4802 of the oldest readings')],
    [3.5 * hour - 3000, expect.stringContaining('no readings were let go for an hour; 6000 were in all')],
  ])
})

const why = (reason: EvictedWhy) => lines(new RetentionWatch('/b'), evicted(7, reason), 0).join('')

test('why readings go is said as it is', () => {
  expect(why('age')).toContain('they waited for longer than max_age: 7 of the oldest')
  expect(why('disk')).toContain('the disk has no more free than min_free')
})

test('a disk with less free than the floor is told of once, with its figures, and does not flap', () => {
  const watch = new RetentionWatch('/b')
  expect(lines(watch, disk(101e6), 0)).toEqual([])
  expect(lines(watch, disk(72e6), 0)).toEqual([
    'the disk of /b has 72MB free, less than min_free (100MB): the buffer may take 16MB and no more',
  ])
  expect([99e6, 101e6, 99e6, 109e6].flatMap(free => lines(watch, disk(free), 0))).toEqual([])
  expect(lines(watch, disk(111e6), 0)).toEqual(['the disk of /b has 111MB free again, more than min_free'])
})
