import { countSeqs, decodeRequest } from '@lineside/contract'
import type { IntervalSet } from '@lineside/contract'
import { FakeClock, seededRandom } from '@lineside/contract/testing'
import SQLite from 'better-sqlite3'
import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { pino } from 'pino'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openBuffer } from '../buffer.ts'
import { commit } from '../commit.ts'
import { encodeCounts } from '../batch/counts.ts'
import { writeGap } from './gap.ts'
import { mergeSome } from '../sending/merge.ts'
import { ownBatch } from '../batch/new-batch.ts'
import { openStore } from '../open-store.ts'
import { Sender } from '../sending/sender.ts'
import { refuse, settle } from '../sending/settle.ts'
import type { Store } from './store.ts'
import { take } from '../sending/take.ts'
import { totalsOf } from './totals.ts'
import { write } from './transaction.ts'

const counts = encodeCounts(new Map([[1, 1]]))
let folder: string
let store: Store
let sender: Sender
let now = 1_763_700_000_000
const moment = () => ({ now: ++now, ids: [randomUUID(), randomUUID()] })

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'acknowledged-'))
  open()
})
afterEach(() => {
  store[Symbol.dispose]()
  rmSync(folder, { recursive: true, force: true })
})

function open(): void {
  store = openStore({ path: folder, gateway: 'g', maxSizeBytes: 64e6, boot: randomUUID(), now })
  store.db.pragma('synchronous = OFF')
  sender = new Sender(store)
}

function commitSample(text = ''): void {
  const entry = { k: 'sample', device: 'd', t: ++now, values: { p: 1, text } } as const
  const batch = ownBatch('data', [entry], { readings: 1, counts })
  commit(store, moment(), { batches: [batch], points: [], state: [], dropped: [] }, () => [])
}

const rows = () => Number(store.db.prepare('SELECT count(*) FROM batches').pluck().get())
const changes = () => Number(store.db.prepare('SELECT total_changes()').pluck().get())
const written = () => statSync(join(folder, 'buffer.db-wal')).size
const waiting = () => [...store.streams.values()].reduce((sum, { present }) => sum + countSeqs(present), 0)

function send() {
  const { take: taken } = take(sender, moment(), { maxBytes: 16e6 })
  const request = decodeRequest(gunzipSync(taken?.body ?? new Uint8Array()))
  if (!taken || !request.ok) throw new Error('no request')
  return { ...taken, names: request.batches.map(({ stream, seq }) => `${stream}/${seq}`), lines: request.batches }
}

function answer({ requestId, streams }: ReturnType<typeof send>, acked: IntervalSet) {
  return settle(sender, moment(), requestId, { streams: streams.map(stream => ({ stream, acked })) }).settled
}

test('a receipt for a batch that was let go while it was under way still says that it arrived', () => {
  commitSample()
  const sent = send()
  write(store, moment(), draft => {
    draft.remove(1, 1, 1)
    writeGap(draft, 'evicted', new Map([[1, [[1, 1]]]]))
  })
  expect(answer(sent, [[1, 1]])).toMatchObject({ acked: 0, arrived: 1 })
  expect(answer(send(), [])).toMatchObject({ acked: 0, arrived: 0 })
})

function fail(): never {
  throw new Error('the disk refuses')
}

test('a receipt writes nothing itself: what it covers is gone at once, and leaves the disk with the next commit', () => {
  commitSample()
  commitSample()
  const before = changes()
  expect(answer(send(), [[1, 2]])).toEqual({ acked: 2, arrived: 2, rejected: 0 })
  expect(take(sender, moment(), { maxBytes: 4e6 }).take).toBeUndefined()
  expect(totalsOf(store)).toMatchObject({ batches: 0, readings: 0, bytes: 0, unwritten: 2 })
  expect({ changes: changes(), rows: rows() }).toEqual({ changes: before, rows: 2 })
  commitSample()
  expect(rows()).toBe(1)
  expect(totalsOf(store)).toMatchObject({ batches: 1, readings: 1, unwritten: 0 })
  expect(send().names).toHaveLength(1)
})

test('what a receipt covered meanwhile is neither rejected nor put aside by a late answer to another request', () => {
  commitSample()
  const older = send()
  commitSample()
  answer(send(), [[1, 2]])
  expect(refuse(sender, moment(), older.requestId, 'undecodable')).toEqual([])
  expect(sender.rejections.marks.size).toBe(0)
})

test('where the agent dies before the next commit the same batches are sent again, under their names', () => {
  commitSample()
  commitSample()
  const first = send()
  answer(first, [[1, 2]])
  store[Symbol.dispose]()
  open()
  const again = send()
  expect(again.lines).toEqual(first.lines)
  expect(answer(again, [[1, 2]])).toMatchObject({ acked: 2 })
  expect(waiting()).toBe(0)
})

test('a transaction that is undone leaves a receipt to the next', () => {
  commitSample()
  answer(send(), [[1, 1]])
  expect(() => write(store, moment(), fail)).toThrow('the disk refuses')
  expect({ rows: rows(), waiting: waiting(), unwritten: totalsOf(store).unwritten }).toEqual({
    rows: 1,
    waiting: 0,
    unwritten: 1,
  })
  write(store, moment(), () => undefined)
  expect({ rows: rows(), unwritten: totalsOf(store).unwritten }).toEqual({ rows: 0, unwritten: 0 })
})

test('a part of a row, what names others, and more than a commit should take out are written at once', () => {
  for (let n = 0; n < 80; n++) commitSample()
  mergeSome(sender, moment())
  answer(send(), [[1, 10]])
  expect(totalsOf(store)).toMatchObject({ batches: 70, unwritten: 0 })
  answer(send(), [[1, 80]])
  expect(totalsOf(store)).toMatchObject({ batches: 0, unwritten: 70 })
  write(store, moment(), draft => writeGap(draft, 'evicted', new Map([[1, [[5, 5]]]])))
  answer(send(), [[1, 81]])
  expect(totalsOf(store)).toMatchObject({ batches: 0, unwritten: 0 })
  const random = seededRandom(1)
  const noise = () =>
    Array.from({ length: 200_000 }, () => String.fromCodePoint(33 + Math.floor(random() * 90))).join('')
  for (let n = 0; n < 8; n++) commitSample(noise())
  answer(send(), [[1, 100]])
  expect({ rows: rows(), unwritten: totalsOf(store).unwritten }).toEqual({ rows: 0, unwritten: 0 })
})

test('a receipt that rejects something is written at once', () => {
  commitSample()
  commitSample()
  const { requestId, streams } = send()
  const rejected = [{ seq: 2, code: 'schema' as const, message: 'no' }]
  const said = streams.map(stream => ({ stream, acked: [[1, 1]] as const, rejected }))
  settle(sender, moment(), requestId, { streams: said })
  expect({ rows: rows(), unwritten: totalsOf(store).unwritten }).toEqual({ rows: 1, unwritten: 0 })
})

test('a commit writes one page each of batches, streams and marks, and takes a receipt along for nothing', () => {
  commitSample()
  for (let n = 2; n < 30; n++) {
    answer(send(), [[1, n - 1]])
    const before = written()
    commitSample()
    expect(written() - before).toBe(3 * (4096 + 24))
  }
})

test('where nothing is committed a receipt is written after 15 s, and when the buffer is closed', async () => {
  const path = join(folder, 'thread')
  const onDisk = () => {
    const db = new SQLite(join(path, 'buffer.db'), { readonly: true })
    try {
      return Number(db.prepare('SELECT count(*) FROM batches').pluck().get())
    } finally {
      db.close()
    }
  }
  const clock = new FakeClock()
  const [log, newId] = [pino({ level: 'silent' }), randomUUID]
  const options = { path, gateway: 'g', maxSizeBytes: 64e6, commitEveryMs: 1000, clock, log, newId }
  await using buffer = await openBuffer(options)
  const deliver = async (seq: number) => {
    buffer.append('data', { k: 'sample', device: 'd', t: seq, values: { p: 1 } })
    await buffer.commit()
    const taken = await buffer.next({ maxBytes: 4e6 })
    const [stream = ''] = taken?.streams ?? []
    await buffer.settle(taken?.requestId ?? 0, { streams: [{ stream, acked: [[1, seq]] }] })
  }
  await deliver(1)
  await clock.advance(14_000)
  await buffer.takeUp(['any'], () => {})
  expect(onDisk()).toBe(1)
  await clock.advance(1000)
  await buffer.takeUp(['any'], () => {})
  expect(onDisk()).toBe(0)
  await deliver(2)
  expect({ onDisk: onDisk(), unwritten: buffer.stats().unwritten }).toEqual({ onDisk: 1, unwritten: 1 })
  await buffer.close()
  expect(onDisk()).toBe(0)
})
