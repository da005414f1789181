import { countSeqs, decodeRequest, isGap } from '@lineside/contract'
import type { Entry } from '@lineside/contract'
import { seededRandom } from '@lineside/contract/testing'
import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Take } from '../api.ts'
import { commit } from '../commit.ts'
import { encodeCounts } from '../batch/counts.ts'
import { mergeSome } from './merge.ts'
import { openStore } from '../open-store.ts'
import { BufferReader } from '../reading/reader.ts'
import { Sender } from './sender.ts'
import { refuse, settle } from './settle.ts'
import type { Store } from '../store/store.ts'
import { take } from './take.ts'
import { ownBatch } from '../batch/new-batch.ts'
import { write } from '../store/transaction.ts'
import { verifyBuffer } from '../reading/verify.ts'

let folder: string
let store: Store
let sender: Sender
let now = 1_763_700_000_000
const moment = () => ({ now: ++now, ids: [randomUUID(), randomUUID()] })
const counts = encodeCounts(new Map([[1, 1]]))

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'merge-'))
  store = openStore({ path: folder, gateway: 'g', maxSizeBytes: 64e6, boot: randomUUID(), now })
  store.db.pragma('synchronous = OFF')
  sender = new Sender(store)
})
afterEach(() => {
  store[Symbol.dispose]()
  rmSync(folder, { recursive: true, force: true })
})

function commitSamples(count: number): void {
  for (let n = 0; n < count; n++) {
    const batch = ownBatch('data', [{ k: 'sample', device: 'd', t: ++now, values: { p: n } }], { readings: 1, counts })
    commit(store, moment(), { batches: [batch], points: [[1, 'd', 'p']], state: [], dropped: [] }, () => [])
  }
}

const rows = () => Number(store.db.prepare('SELECT count(*) FROM batches').pluck().get())
const data = () => store.streams.get(store.current.data ?? 0)
const stream = () => data()?.stream ?? ''
const waiting = () => countSeqs(data()?.present ?? [])

function next(maxBytes = 4e6): {
  readonly taken: Take
  readonly seqs: readonly number[]
  readonly entries: readonly Entry[]
} {
  const { take: taken } = take(sender, moment(), { maxBytes })
  const request = decodeRequest(gunzipSync(taken?.body ?? new Uint8Array()))
  if (!taken || !request.ok) throw new Error('no request')
  expect(request.batches).toHaveLength(taken.batches)
  return {
    taken,
    seqs: request.batches.map(({ seq }) => seq),
    entries: request.batches.flatMap(batch => batch.entries),
  }
}

const upTo = (last: number) => Array.from({ length: last }, (_, index) => index + 1)

test('small batches that wait share a member, and go out under their own names, in order', () => {
  commitSamples(200)
  expect(mergeSome(sender, moment())).toBe(true)
  expect(mergeSome(sender, moment())).toBe(false)
  expect(rows()).toBe(1 + 16)
  expect(waiting()).toBe(200)
  using reader = new BufferReader(folder)
  expect(verifyBuffer(reader)).toMatchObject({ batches: 200, readings: 200, problems: [] })
  const { taken, seqs } = next()
  expect(seqs).toEqual(upTo(200))
  settle(sender, moment(), taken.requestId, { streams: [{ stream: stream(), acked: [[1, 200]] }] })
  write(store, moment(), () => undefined)
  expect({ rows: rows(), waiting: waiting(), bytes: data()?.bytes, readings: data()?.readings }).toEqual({
    rows: 0,
    waiting: 0,
    bytes: 0,
    readings: 0,
  })
})

test('few batches, and those in flight, keep rows of their own', () => {
  commitSamples(60)
  expect(mergeSome(sender, moment())).toBe(false)
  next()
  commitSamples(20)
  expect(mergeSome(sender, moment())).toBe(false)
  expect(rows()).toBe(80)
})

test('a receipt for some of the batches of a member leaves the others', () => {
  commitSamples(200)
  mergeSome(sender, moment())
  const { taken } = next()
  const acked = [
    [1, 10],
    [50, 60],
  ] as const
  settle(sender, moment(), taken.requestId, { streams: [{ stream: stream(), acked }] })
  expect(waiting()).toBe(179)
  expect(next().seqs).toEqual(upTo(200).filter(seq => seq > 60 || (seq > 10 && seq < 50)))
})

test('one rejected batch of a member is kept alone, and the others are not judged by it', () => {
  commitSamples(200)
  mergeSome(sender, moment())
  const { taken } = next()
  const rejected = [{ seq: 7, code: 'schema' as const, message: 'no' }]
  settle(sender, moment(), taken.requestId, { streams: [{ stream: stream(), acked: [], rejected }] })
  expect(sender.rejections.marks.size).toBe(1)
  expect(next().seqs).toEqual(upTo(200).filter(seq => seq !== 7))
})

test('a member that is refused alone is cut at its header lines', () => {
  commitSamples(200)
  mergeSome(sender, moment())
  next(1)
  const { taken, seqs } = next(1)
  expect(seqs).toHaveLength(184)
  refuse(sender, moment(), taken.requestId, 'too_large')
  expect(next().seqs).toEqual(upTo(92))
})

test('while the receiver rejects everything one batch goes at a time, also out of a member', () => {
  commitSamples(200)
  mergeSome(sender, moment())
  sender.rejections = { ...sender.rejections, probing: true }
  for (let request = 0; request < 20; request++) expect(next().seqs).toHaveLength(1)
  expect(mergeSome(sender, moment())).toBe(false)
})

test('what is evicted of a member is counted by point, and the rest is still there', () => {
  // A counter: it is not thinned first.
  const points = { p: { type: 'int32', counter: true } }
  store.describe({
    lines: [JSON.stringify({ k: 'device', t: 1, device: 'd', profile: 'v/m', version: '1', tags: {}, points })],
    clock: 0,
  })
  commitSamples(199)
  mergeSome(sender, moment())
  const before = store.limitBytes
  Object.defineProperty(store, 'limitBytes', { value: store.usedBytes() + 60 * 1024, configurable: true })
  commitSamples(1)
  Object.defineProperty(store, 'limitBytes', { value: before })
  const { entries } = next()
  const gap = entries.find(isGap)
  // The first batch describes the device.
  const lost = countSeqs(gap?.names[0]?.seqs ?? []) - 1
  expect(lost).toBeGreaterThan(0)
  expect(gap?.counts).toEqual({ d: { p: lost } })
  expect(entries.filter(({ k }) => k === 'sample')).toHaveLength(200 - lost)
})

test('a day at 1,000 readings a second, half of them slow-moving, takes at most 260 MB', () => {
  const random = seededRandom(1)
  const values = Array.from({ length: 1000 }, () => random() * 100)
  const all = encodeCounts(new Map(values.map((_, index) => [index + 1, 1])))
  for (let second = 0; second < 80; second++) {
    now += 1000
    const entries = Array.from({ length: 40 }, (_, device) => {
      const points = Array.from({ length: 25 }, (_point, point) => {
        const at = device * 25 + point
        const isSlow = point % 2 === 1
        values[at] = (values[at] ?? 0) + (isSlow ? (random() < 0.02 ? 0.1 : 0) : (random() - 0.5) * 2)
        return [`point_${point}`, Number(values[at].toFixed(isSlow ? 1 : 2))] as const
      })
      return { k: 'sample', device: `device_${device}`, t: now + device * 7, values: Object.fromEntries(points) }
    })
    const batch = ownBatch('data', entries, { readings: 1000, counts: all })
    commit(store, moment(), { batches: [batch], points: [], state: [], dropped: [] }, () => [])
  }
  expect(mergeSome(sender, moment())).toBe(true)
  const first = store.rowOf(store.current.data ?? 0, 1)
  const bytesPerReading = ((first?.member.length ?? 0) + 200) / (first?.readings ?? 1)
  expect(bytesPerReading * 86_400_000).toBeLessThan(260e6)
})
