import { addSeq, decodeRequest } from '@lineside/contract'
import type { Entry, IntervalSet } from '@lineside/contract'
import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { MomentClock } from '../api.ts'
import { commit } from '../commit.ts'
import { heal } from '../healing/heal.ts'
import { mergeSome } from './merge.ts'
import { lockFolder } from '../file/open-file.ts'
import { openStore } from '../open-store.ts'
import { learnClock } from './restamp-rows.ts'
import { Sender } from './sender.ts'
import { settle } from './settle.ts'
import type { Store } from '../store/store.ts'
import { take } from './take.ts'
import { ownBatch } from '../batch/new-batch.ts'
import type { NewBatch } from '../batch/new-batch.ts'
import { write } from '../store/transaction.ts'
import type { Moment } from '../store/transaction.ts'

let path: string
let store: Store
let sender: Sender

beforeEach(() => {
  path = mkdtempSync(join(tmpdir(), 'clock-'))
  start('boot-1')
})
afterEach(() => {
  store[Symbol.dispose]()
  rmSync(path, { recursive: true })
})

function start(boot: string, damage?: string): void {
  const name = `${boot.padEnd(8, '0').replaceAll(/[^0-9a-f]/g, '0')}-0000-4000-8000-000000000000`
  store = openStore({ path, gateway: 'g', maxSizeBytes: 64e6, boot: name, now: 1_500_000_000_000 }, damage)
  sender = new Sender(store)
}

function restart(boot: string): void {
  // As the agent stops: receipts are written.
  write(store, moment(doubtful), () => undefined)
  store[Symbol.dispose]()
  start(boot)
}

/** What the machine's clock is off by, and the right one, at the zero of its monotonic clock. */
const wrong = 1_500_000_000_000
const right = 1_763_700_000_000
const weekMs = 7 * 86_400_000
const doubtful: MomentClock = { zero: wrong, certain: false }
const known: MomentClock = { zero: right, certain: true }

function moment(clock: MomentClock): Moment {
  return { now: clock.zero + 60_000, ids: [randomUUID(), randomUUID(), randomUUID()], clock }
}

function put(clock: MomentClock, entries: readonly Entry[], more: Partial<NewBatch> = {}): void {
  const kind = entries[0]?.k === 'alarm' ? 'alarms' : 'data'
  const request = { points: [], state: [], dropped: [], batches: [ownBatch(kind, entries, more)] }
  commit(store, moment(clock), request, () => [])
}

const sample = (t: number, more = {}): Entry => ({
  k: 'sample',
  device: 'd',
  t,
  values: { p: 1.5, n: 9007199254740993n },
  ...more,
})
const alarm = (t: number): Entry => ({
  k: 'alarm',
  t,
  device: 'd',
  alarm: 'hot',
  id: randomUUID(),
  event: 'raised',
  state: 'unacknowledged',
  priority: 'high',
  text: 'too hot',
})

/** What the receiver has of each stream. */
const received = new Map<string, IntervalSet>()

/** The batches of the next request. */
function next(clock: MomentClock) {
  learnClock(store, moment(clock))
  const { take: taken, notices } = take(sender, moment(clock), { maxBytes: 4e6 })
  if (!taken) return { seqs: [], entries: [], notices, settle: () => undefined }
  const request = decodeRequest(gunzipSync(taken.body))
  if (!request.ok) throw new Error(request.message)
  return {
    seqs: request.batches.map(({ seq }) => seq),
    entries: request.batches.flatMap(batch => batch.entries),
    notices,
    settle() {
      for (const { stream, seq } of request.batches) received.set(stream, addSeq(received.get(stream) ?? [], seq))
      const streams = [...received].map(([stream, acked]) => ({ stream, acked }))
      settle(sender, moment(clock), taken.requestId, { streams })
    },
  }
}

test('what a doubtful clock stamped waits, alarms too, and is corrected once under its names when the clock is known', () => {
  put(doubtful, [sample(wrong + 1000), sample(wrong + 2000, { quality: { x: 'bad:refused' } })])
  put(doubtful, [alarm(wrong + 1500)])
  expect(next(doubtful).seqs).toEqual([])
  const sent = next(known)
  expect(sent.seqs).toEqual([1, 1])
  expect(sent.entries).toMatchObject([
    { k: 'alarm', t: right + 1500, clock: 'unsynchronised' },
    { k: 'sample', t: right + 1000, clock: 'unsynchronised', values: { p: 1.5, n: 9007199254740993n } },
    { k: 'sample', t: right + 2000, clock: 'unsynchronised', quality: { x: 'bad:refused' } },
  ])
  sender = new Sender(store)
  // A clock that is found to be another later on changes nothing of what was sent.
  expect(next({ zero: right + 5000, certain: true }).entries).toEqual(sent.entries)
})

test('by a clock that was right all along nothing is rewritten', () => {
  const entry = sample(right + 1000)
  put({ zero: right, certain: false }, [entry])
  const before = store.rowOf(store.current.data ?? 0, 1)?.member
  expect(next(doubtful).seqs).toEqual([])
  expect(next(known).entries).toEqual([entry])
  expect(store.rowOf(store.current.data ?? 0, 1)?.member).toEqual(before)
})

test('a later run of the boot, whose zero was rounded in another way, leaves its own times as they are too', () => {
  put({ zero: right, certain: false }, [sample(right + 1000)])
  next(known).settle()
  restart('boot-1')
  const entry = sample(right + 2000)
  put({ zero: right - 1, certain: false }, [entry])
  expect(next({ zero: right - 1, certain: true }).entries).toEqual([entry])
})

test('what an earlier run of the boot took by a clock that was right stays as it is, however the later one rounds', () => {
  const early = [sample(right + 1000), sample(right + 2000)]
  put({ zero: right - 1, certain: false }, early)
  restart('boot-1')
  put({ zero: right, certain: false }, [sample(right + 3000)])
  // The newest goes first.
  expect(next(known).entries).toEqual([sample(right + 3000), ...early])
})

test('what a device stamped by its own clock keeps its time', () => {
  const entry = sample(right + 77, { clock: 'device' })
  put(doubtful, [entry, sample(wrong + 80)])
  expect(next(known).entries).toEqual([entry, { ...sample(right + 80), clock: 'unsynchronised' }])
})

test('when the boot ends without it, what waits is sent as of an unknown time, in the order in which it was taken', () => {
  put(doubtful, [sample(wrong + 1000)])
  // Somebody sets the clock back by hand; the machine still can't know whether he was right.
  put({ zero: wrong - 500_000, certain: false }, [sample(wrong - 500_000 + 2000)])
  restart('boot-1')
  expect(next(doubtful).seqs).toEqual([])
  restart('boot-2')
  const { entries, settle: acknowledge } = next(doubtful)
  expect(entries).toMatchObject([
    { t: wrong - 500_000 + 1000, clock: 'unknown' },
    { t: wrong - 500_000 + 2000, clock: 'unknown' },
  ])
  acknowledge()
  restart('boot-2')
  expect(store.clocks.size).toBe(0)
})

test('what an earlier run of the boot found out goes for what that run took, and for nothing that came later', () => {
  put(doubtful, [sample(wrong + 1000)])
  learnClock(store, moment(known))
  put(known, [sample(right + 2000)])
  restart('boot-1')
  // The machine slept for a week: its monotonic clock stood still.
  put(doubtful, [sample(wrong + 9000)])
  const first = next(doubtful)
  expect(first.entries).toMatchObject([{ t: right + 1000, clock: 'unsynchronised' }, { t: right + 2000 }])
  first.settle()
  expect(next(doubtful).seqs).toEqual([])
  const second = next({ zero: right + weekMs, certain: true })
  expect(second.entries).toEqual([{ ...sample(right + weekMs + 9000), clock: 'unsynchronised' }])
})

test('in one stream no time goes back, whatever is found out in the midst of a long wait', () => {
  for (let i = 1; i <= 3; i++) put(doubtful, [sample(wrong + i * 1000)])
  learnClock(store, moment(known))
  put(known, [sample(right + 4000)])
  const later = { zero: right + 120_000, certain: true }
  expect(next(later).entries.map(entry => 't' in entry && entry.t)).toEqual(
    [1000, 2000, 3000, 4000].map(ms => right + ms),
  )
})

test('nor does it where a better time was found before anything was written', () => {
  put(doubtful, [sample(wrong + 1000)])
  const later = { zero: right + 900, certain: true, foundZero: right }
  // Taken between the two.
  put(later, [sample(right + 1100)])
  put(later, [sample(right + 900 + 1200)])
  expect(next(later).entries.map(entry => 't' in entry && entry.t)).toEqual([right + 1000, right + 1100, right + 2100])
})

test('what runs took that never knew the time is corrected by the first later one of the boot that knows it', () => {
  put(doubtful, [sample(wrong + 1000)])
  restart('boot-1')
  put({ zero: wrong + 500, certain: false }, [sample(wrong + 500 + 2000)])
  restart('boot-1')
  expect(next(doubtful).seqs).toEqual([])
  expect(next(known).entries).toMatchObject([{ t: right + 1000 }, { t: right + 2000 }])
})

test('a start forgets the clocks of runs of which nothing waits, of the same boot too', () => {
  for (let i = 0; i < 3; i++) {
    put(doubtful, [sample(wrong + 1000)])
    next(known).settle()
    restart('boot-1')
  }
  expect(store.clocks.size).toBe(0)
})

test('a clock that an older agent kept for the whole boot goes for what waits of it, not for what is taken now', () => {
  put(doubtful, [sample(wrong + 1000)])
  const { boot, run } = store
  store.setState(`boot:${boot}/${run}`, null)
  store.setState(`boot:${boot}`, `known ${right}`)
  restart('boot-1')
  put(doubtful, [sample(wrong + 9000)])
  const first = next(doubtful)
  expect(first.entries).toMatchObject([{ t: right + 1000 }])
  first.settle()
  expect(next({ zero: right + weekMs, certain: true }).entries).toMatchObject([{ t: right + weekMs + 9000 }])
})

test.each([
  ['before this was written', wrong - 30 * 365 * 86_400_000],
  ['after decades', right + 60 * 365 * 86_400_000],
])('a correction to a time %s is not made: the times count as unknown, and it is said', (_, zero) => {
  put(doubtful, [sample(wrong + 1000)])
  put(doubtful, [sample(wrong + 2000)])
  expect(next({ zero, certain: true }).entries).toEqual([
    { ...sample(wrong + 1000), clock: 'unknown' },
    { ...sample(wrong + 2000), clock: 'unknown' },
  ])
  expect(store.unlikely).toBe(2)
})

test('what is committed after the clock was found out counts for its age as of its time, once corrected', () => {
  // Taken before, in memory until now.
  put(known, [sample(wrong + 59_000)], { clock: wrong })
  next(known)
  expect(store.rowOf(store.current.data ?? 0, 1)?.t).toBe(moment(known).now)
})

test('batches that share a member are corrected together, also where they then need more than one', () => {
  const long = Array.from({ length: 9000 }, (_, i) => sample(wrong + i, { values: { p: i } }))
  for (let i = 0; i < 3; i++) put(doubtful, long.slice(i * 3000, (i + 1) * 3000))
  expect(mergeSome(sender, moment(doubtful), { least: 2, newest: 0 })).toBe(true)
  const { entries, seqs } = next(known)
  expect(seqs).toEqual([1, 2, 3])
  expect(entries).toEqual(long.map((entry, i) => ({ ...entry, t: right + i, clock: 'unsynchronised' })))
})

test('rows by two clocks never share a member', () => {
  put(doubtful, [sample(wrong)])
  put({ zero: wrong + 7000, certain: false }, [sample(wrong)])
  expect(mergeSome(sender, moment(doubtful), { least: 2, newest: 0 })).toBe(false)
})

test('a damaged row goes to quarantine before anything is made of it; another clock in it is damage too', () => {
  for (let i = 0; i < 3; i++) put(doubtful, [sample(wrong + i)])
  store.db.exec('UPDATE batches SET clock = clock + 1 WHERE last = 2')
  const { entries, notices } = next(known)
  expect(notices).toMatchObject([{ kind: 'quarantined', reason: 'corrupt', seq: 2 }])
  expect(entries).toMatchObject([{ t: right }, { t: right + 2 }, { k: 'gap', reason: 'corrupt' }])
})

test('a salvage keeps by which clock batches were taken', () => {
  put(doubtful, [sample(wrong + 1000)])
  store[Symbol.dispose]()
  const lock = lockFolder(path)
  heal({ path, gateway: 'g', maxSizeBytes: 64e6, boot: 'b', now: 1 }, 'a test')
  lock.close()
  start('boot-1')
  expect(next(doubtful).seqs).toEqual([])
  expect(next(known).entries).toMatchObject([{ t: right + 1000, clock: 'unsynchronised' }])
})

test('after the clock was set back new streams begin', () => {
  put(known, [sample(right + 5000)])
  put(known, [sample(right + 1000)], { epoch: 1 })
  put(known, [alarm(right + 1000)], { epoch: 1 })
  put(known, [sample(right + 2000)], { epoch: 1 })
  const streams = [...store.streams.values()].map(({ kind, high }) => [kind, high])
  expect(streams).toEqual([
    ['data', 1],
    ['data', 2],
    ['alarms', 1],
  ])
})

test('a long wait is corrected a part at a time', () => {
  const text = 'x'.repeat(1000)
  for (let i = 0; i < 40; i++) {
    put(
      doubtful,
      Array.from({ length: 200 }, (_, n) => sample(wrong + i * 200 + n, { values: { text } })),
    )
  }
  const first = next(known)
  expect(first.seqs.length).toBeGreaterThan(10)
  expect(first.seqs.length).toBeLessThan(40)
  const seqs = [...first.seqs]
  first.settle()
  for (let more = next(known); more.seqs.length > 0; more = next(known)) {
    seqs.push(...more.seqs)
    more.settle()
  }
  expect(seqs.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 40 }, (_, i) => i + 1))
})
