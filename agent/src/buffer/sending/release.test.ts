import { decodeRequest } from '@lineside/contract'
import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { commit } from '../commit.ts'
import { encodeCounts } from '../batch/counts.ts'
import { ownBatch } from '../batch/new-batch.ts'
import { openStore } from '../open-store.ts'
import { quarantine } from './quarantine.ts'
import { releaseQuarantined } from './release.ts'
import { learnClock } from './restamp-rows.ts'
import { passOn } from '../retention/summarise.ts'
import { Sender } from './sender.ts'
import { settle } from './settle.ts'
import type { Store } from '../store/store.ts'
import { keyOf } from '../store/streams.ts'
import { take } from './take.ts'

let folder: string
let store: Store
let now = 1_763_700_000_000
const moment = () => ({ now: ++now, ids: [randomUUID(), randomUUID()] })

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'release-'))
  store = openStore({ path: folder, gateway: 'g', maxSizeBytes: 64e6, boot: randomUUID(), now })
})
afterEach(() => {
  store[Symbol.dispose]()
  rmSync(folder, { recursive: true, force: true })
})

test('what is released is a new batch that names the old one, with the entries as they were, and leaves quarantine', () => {
  const sample = { k: 'sample', device: 'd', t: 1, values: { p: 1 } }
  const counts = encodeCounts(new Map([[1, 1]]))
  const batches = [ownBatch('data', [sample], { readings: 1, counts })]
  commit(store, moment(), { batches, points: [[1, 'd', 'p']], state: [], dropped: [] }, () => [])
  const id = store.current.data ?? 0
  const stream = store.streams.get(id)?.stream
  const sender = new Sender(store)
  const row = store.row(keyOf(id, 1))
  quarantine(sender, moment(), row ? [row] : [], 'rejected', 'schema: no')
  const { take: first } = take(sender, moment(), { maxBytes: 4e6 })
  settle(sender, moment(), first?.requestId ?? 0, { streams: [{ stream: stream ?? '', acked: [[1, 2]] }] })

  expect(releaseQuarantined(store, moment(), [1, 7])).toEqual({ batches: 1, readings: 1, left: [7], maybeStored: [] })
  expect(store.fileTotals().quarantined.batches).toBe(0)
  const { take: taken } = take(sender, moment(), { maxBytes: 4e6 })
  const request = decodeRequest(gunzipSync(taken?.body ?? new Uint8Array()))
  expect(request.ok && request.batches).toMatchObject([
    { stream, seq: 3, entries: [{ k: 'released', names: [{ stream, seqs: [[1, 1]] }] }, sample] },
  ])
  expect(releaseQuarantined(store, moment(), [1]).left).toEqual([1])
})

test('released by a clock that is wrong, entries keep their times when the clock comes to be known', () => {
  const sample = { k: 'sample', device: 'd', t: now, values: { p: 1 } }
  commit(store, moment(), { batches: [ownBatch('data', [sample])], points: [], state: [], dropped: [] }, () => [])
  const sender = new Sender(store)
  const row = store.row(keyOf(store.current.data ?? 0, 1))
  quarantine(sender, moment(), row ? [row] : [], 'rejected', 'schema: no')
  const wrong = { now: 1_500_000_000_000, ids: [randomUUID()], clock: { zero: 1_499_999_000_000, certain: false } }
  releaseQuarantined(store, wrong, [1])
  expect(take(sender, wrong, { maxBytes: 4e6 }).take).toBeUndefined()

  const right = { ...moment(), clock: { zero: now - 1_000_000, certain: true } }
  learnClock(store, right)
  const { take: taken } = take(sender, right, { maxBytes: 4e6 })
  const request = decodeRequest(gunzipSync(taken?.body ?? new Uint8Array()))
  const released = { k: 'released', t: wrong.now, clock: 'unknown' }
  expect(request.ok && request.batches.at(-1)?.entries).toEqual([expect.objectContaining(released), sample])
  // It is no older than what is in it: what is let go for its age does not go for a wrong clock.
  expect(store.committedAt(keyOf(store.current.data ?? 0, 3))).toBe(sample.t)
})

test('a batch that stood for others is released without what only named them', () => {
  const origin = randomUUID()
  const names = [{ stream: origin, seqs: [[1, 2]] }]
  const counter = { k: 'sample', device: 'd', t: 1, values: { energy: 7 } }
  const summary = { k: 'summary', t: 1, until: 2, device: 'd', points: {}, names }
  const passedOn = JSON.parse(passOn(JSON.stringify(counter), origin, 2))
  const batches = [ownBatch('data', [summary, passedOn])]
  commit(store, moment(), { batches, points: [], state: [], dropped: [] }, () => [])
  const sender = new Sender(store)
  const row = store.row(keyOf(store.current.data ?? 0, 1))
  quarantine(sender, moment(), row ? [row] : [], 'rejected', 'schema: no')
  releaseQuarantined(store, moment(), [1])
  const { take: taken } = take(sender, moment(), { maxBytes: 4e6 })
  const request = decodeRequest(gunzipSync(taken?.body ?? new Uint8Array()))
  expect(request.ok && request.batches.at(-1)?.entries.map(({ k }) => k)).toEqual(['released', 'sample'])
  expect(request.ok && request.batches.at(-1)?.entries[1]).toEqual(counter)
})

test.each([
  ['corrupt', 'checksum differs'],
  ['rejected', 'undecodable: 1 alone was answered with 400'],
] as const)('what the receiver may have is not released: %s, %s', (reason, message) => {
  commit(
    store,
    moment(),
    {
      batches: [ownBatch('data', [{ k: 'sample', device: 'd', t: 1, values: { p: 1 } }])],
      points: [],
      state: [],
      dropped: [],
    },
    () => [],
  )
  const sender = new Sender(store)
  // It is stored, and its receipt is lost.
  const { take: lost } = take(sender, moment(), { maxBytes: 4e6 })
  sender.release(lost?.requestId ?? 0)
  const row = store.row(keyOf(store.current.data ?? 0, 1))
  quarantine(sender, moment(), row ? [row] : [], reason, message)
  expect(releaseQuarantined(store, moment(), [1])).toEqual({ batches: 0, readings: 0, left: [], maybeStored: [1] })
  expect(store.fileTotals().quarantined.batches).toBe(1)
  expect(store.streams.get(store.current.data ?? 0)?.high).toBe(2)
})
