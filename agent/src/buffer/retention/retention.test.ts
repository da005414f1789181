import { countSeqs, decodeRequest, isGap, isKind, isSummary } from '@lineside/contract'
import type { Entry } from '@lineside/contract'
import { seededRandom } from '@lineside/contract/testing'
import { execFileSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync, statSync, statfsSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { describeWith } from '../../../../test/needs.ts'
import { commit } from '../commit.ts'
import type { CommitResult } from '../commit.ts'
import { encodeCounts } from '../batch/counts.ts'
import { openStore } from '../open-store.ts'
import { Sender } from '../sending/sender.ts'
import { settle } from '../sending/settle.ts'
import type { Store, StoreOptions } from '../store/store.ts'
import { take } from '../sending/take.ts'
import { ownBatch } from '../batch/new-batch.ts'
import { thinAhead } from './ahead.ts'

const fast = 20
const pointNames = [...Array.from({ length: fast }, (_, index) => `p${index}`), 'energy']
const points = pointNames.map((point, index) => [index + 1, 'd', point] as const)
const counts = encodeCounts(new Map(points.map(([id]) => [id, 1])))
const description = JSON.stringify({
  k: 'device',
  t: 1,
  device: 'd',
  profile: 'v/m',
  version: '1',
  tags: {},
  points: Object.fromEntries(
    pointNames.map(point => [point, point === 'energy' ? { type: 'uint32', counter: true } : { type: 'float32' }]),
  ),
})

let folder: string
let store: Store
let now: number
let second: number
let random: () => number

function open(path: string, more: Partial<StoreOptions> = {}): void {
  store = openStore({ path, gateway: 'g', maxSizeBytes: 6e5, boot: randomUUID(), now, ...more })
  store.db.pragma('synchronous = OFF')
  store.describe({ lines: [description], clock: 0 })
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'retention-'))
  now = 1_763_700_000_000
  second = 0
  random = seededRandom(3)
})
afterEach(() => {
  store[Symbol.dispose]()
  rmSync(folder, { recursive: true, force: true })
})

const moment = () => ({ now, ids: [randomUUID(), randomUUID(), randomUUID()] })

/** One second of a device: noise that hardly compresses, and a counter. */
function commitSecond(): CommitResult {
  now += 1000
  second++
  const noise = pointNames.map(point => [point, point === 'energy' ? second : random()] as const)
  const sample = { k: 'sample', device: 'd', t: now, values: Object.fromEntries(noise) }
  const batch = ownBatch('data', [sample], { readings: fast + 1, counts })
  return commit(store, moment(), { batches: [batch], points, state: [], dropped: [] }, () => [])
}

/** What a commit of one sample reckons with beside its text. */
const commitSlack = 64 * 1024 + 512

/** As if other pages were in use. */
function shrinkTo(bytes: number): void {
  Object.defineProperty(store, 'limitBytes', { value: Math.ceil(bytes) })
}

function raise(): void {
  const alarm = { k: 'alarm', t: now, device: 'd', alarm: 'hot', id: randomUUID(), event: 'raised', text: 'why' }
  const batch = ownBatch('alarms', [{ ...alarm, state: 'unacknowledged', priority: 'high' }])
  commit(store, moment(), { batches: [batch], points: [], state: [], dropped: [] }, () => [])
}

/** Everything that waits, as a receiver would get it. */
function drain(): readonly Entry[] {
  const sender = new Sender(store)
  const entries: Entry[] = []
  for (;;) {
    const { take: taken } = take(sender, moment(), { maxBytes: 4e6 })
    if (!taken) return entries
    const request = decodeRequest(gunzipSync(taken.body))
    if (!request.ok) throw new Error(request.message)
    entries.push(...request.batches.flatMap(batch => batch.entries))
    const streams = request.envelope.streams.map(({ stream }) => {
      const row = [...store.streams.values()].find(one => one.stream === stream)
      return { stream, acked: [[1, row?.high ?? 1]] as const }
    })
    settle(sender, moment(), taken.requestId, { streams })
  }
}

function readingsIn(entries: readonly Entry[]) {
  const seen = { fast: 0, summarised: 0, energy: new Set<unknown>(), counted: 0, lostEnergy: 0 }
  for (const entry of entries) {
    if (isKind(entry, 'sample')) {
      if ('energy' in entry.values) seen.energy.add(entry.values['energy'])
      seen.fast += Object.keys(entry.values).filter(point => point !== 'energy').length
    } else if (isSummary(entry)) {
      for (const { count } of Object.values(entry.points)) seen.summarised += count
    } else if (isGap(entry)) {
      const { energy = 0, ...others } = entry.counts?.['d'] ?? {}
      seen.lostEnergy += energy
      for (const count of Object.values(others)) seen.counted += count
    }
  }
  return seen
}

test('fast values are thinned before anything goes, then go before any counter; every one is counted', () => {
  open(folder)
  raise()
  while (store.retention.readings === 0 && second < 3000) expect(commitSecond().evicted.readings).toBe(0)
  const untilThinned = second
  let evicted = 0
  for (let n = 0; n < 3 * untilThinned; n++) evicted += commitSecond().evicted.readings
  expect(evicted).toBe(0)
  while (evicted === 0 && store.usedBytes() > 20 * 4096) {
    shrinkTo(store.usedBytes() + commitSlack - 4096)
    evicted += commitSecond().evicted.readings
  }
  expect(evicted).toBeGreaterThan(0)
  expect(statSync(join(folder, 'buffer.db')).size).toBeLessThanOrEqual(6e5)
  const seen = readingsIn(drain())
  expect(seen.energy.size).toBe(second)
  expect(seen.lostEnergy).toBe(0)
  expect(seen.summarised).toBeGreaterThan(0)
  expect(seen.fast + seen.summarised + seen.counted).toBe(fast * second)
})

test('counters go when nothing else is left, counted too, and alarms stay', () => {
  open(folder)
  raise()
  for (let n = 0; n < 2000; n++) commitSecond()
  shrinkTo(commitSlack + 14 * 4096)
  for (let n = 0; n < 200; n++) commitSecond()
  const entries = drain()
  const seen = readingsIn(entries)
  expect(entries.filter(({ k }) => k === 'alarm')).toHaveLength(1)
  expect(seen.lostEnergy).toBeGreaterThan(0)
  expect(seen.energy.size + seen.lostEnergy).toBe(second)
  expect(seen.fast + seen.summarised + seen.counted).toBe(fast * second)
})

test('thinning runs ahead of need, a group at a time, and stops when there is room again', () => {
  open(folder, { maxSizeBytes: 2e6 })
  while (!thinAhead(new Sender(store), moment()) && second < 9000) commitSecond()
  expect(store.usedBytes()).toBeLessThan(store.limitBytes)
  const sender = new Sender(store)
  while (thinAhead(sender, moment()));
  expect(store.retention.readings).toBeGreaterThan(0)
  expect(readingsIn(drain()).counted).toBe(0)
})

test('what has waited for longer than it may goes, what stands for it too, and a gap says so', () => {
  open(folder, { maxAgeMs: 3_600_000 })
  for (let n = 0; n < 50; n++) commitSecond()
  now += 3_000_000
  for (let n = 0; n < 50; n++) commitSecond()
  now += 700_000
  expect(commitSecond().evicted).toEqual({ batches: 51, readings: 50 * (fast + 1), why: 'age' })
  const seen = readingsIn(drain())
  expect(seen.energy.size).toBe(51)
  expect(seen.lostEnergy).toBe(50)
})

test('devices that are no longer configured keep their counters while anything waits', () => {
  open(folder)
  commitSecond()
  store.describe({ lines: [], clock: 0 })
  expect(store.retention.counters.has('d', 'energy')).toBe(true)
  store[Symbol.dispose]()
  open(folder)
  expect(store.retention.counters.has('d', 'energy')).toBe(true)
  drain()
  store.describe({ lines: [], clock: 0 })
  expect(store.retention.counters.has('d', 'energy')).toBe(false)
})

describeWith(['mount'], 'on a file system of its own', () => {
  test('the buffer does not grow while less is free than the floor, and goes on within what it has', () => {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64m', 'tmpfs', folder])
    try {
      open(folder, { maxSizeBytes: 32e6, minFreeBytes: 12e6 })
      // Below 16 MB it would grow.
      store.db.exec('CREATE TABLE filler AS SELECT zeroblob(17000000) AS x')
      store.db.pragma('wal_checkpoint(TRUNCATE)')
      for (let n = 0; n < 300; n++) commitSecond()
      const { bavail, bsize } = statfsSync(folder)
      const free = bavail * bsize
      writeFileSync(join(folder, 'log of another program'), Buffer.alloc(free - 10e6))
      store.db.pragma('wal_checkpoint(TRUNCATE)')
      const before = statSync(join(folder, 'buffer.db')).size
      for (let n = 0; n < 3000; n++) commitSecond()
      expect(statSync(join(folder, 'buffer.db')).size).toBeLessThanOrEqual(before + 128 * 1024)
      expect(store.retention.readings).toBeGreaterThan(0)
      const row = store.streams.get(store.current.data ?? 0)
      expect(countSeqs(row?.present ?? [])).toBeGreaterThan(0)
      expect(readingsIn(drain()).energy.size).toBe(3300)
    } finally {
      store[Symbol.dispose]()
      execFileSync('umount', [folder])
      open(join(folder, 'again'))
    }
  })

  test('that is smaller than the floor, the buffer grows to what is there, is never refused, and loses nothing unsaid', () => {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', folder])
    try {
      open(folder, { maxSizeBytes: 500e6, minFreeBytes: 100e6 })
      let untilLost = 0
      for (let n = 0; n < 5000; n++) {
        const { evicted, disk } = commitSecond()
        if (evicted.readings > 0 && untilLost === 0) untilLost = n
        if (evicted.readings > 0) expect(evicted.why).toBe('disk')
        expect(disk?.freeBytes).toBeGreaterThan(300_000)
      }
      expect(untilLost === 0 || untilLost > 1500).toBe(true)
      expect(store.usedBytes()).toBeGreaterThan(6e5)
      const seen = readingsIn(drain())
      expect(seen.energy.size + seen.lostEnergy).toBe(second)
      expect(seen.fast + seen.summarised + seen.counted).toBe(fast * second)
    } finally {
      store[Symbol.dispose]()
      execFileSync('umount', [folder])
      open(join(folder, 'again'))
    }
  }, 60_000)
})
