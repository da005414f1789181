import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { commit } from '../commit.ts'
import { ownBatch } from '../batch/new-batch.ts'
import { openStore } from '../open-store.ts'
import { Sender } from './sender.ts'
import { settle } from './settle.ts'
import type { Store } from '../store/store.ts'
import { take } from './take.ts'

let folder: string
let store: Store
let sender: Sender
let now = 1_763_700_000_000
const moment = () => ({ now: ++now, ids: [randomUUID(), randomUUID()] })

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sender-'))
  store = openStore({ path: folder, gateway: 'g', maxSizeBytes: 64e6, boot: randomUUID(), now })
  sender = new Sender(store)
})
afterEach(() => {
  store[Symbol.dispose]()
  rmSync(folder, { recursive: true, force: true })
})

function add(): void {
  const batches = [ownBatch('data', [{ k: 'state', t: now }])]
  commit(store, moment(), { batches, points: [], state: [], dropped: [] }, () => [])
}

/** Sends what is next; the receiver has `acked` and rejects the rest of what was sent, or nothing is heard of it. */
function send(answer?: {
  readonly acked: readonly (readonly [number, number])[]
  readonly rejected?: readonly number[]
}) {
  const taken = take(sender, moment(), { maxBytes: 4e6 }).take
  if (!taken) throw new Error('there is nothing to send')
  if (!answer) return sender.release(taken.requestId)
  const rejected = (answer.rejected ?? []).map(seq => ({ seq, code: 'schema' as const, message: 'no' }))
  const [stream = ''] = taken.streams
  return settle(sender, moment(), taken.requestId, { streams: [{ stream, acked: answer.acked, rejected }] })
}

test('a batch that an earlier request held, to which nothing came, shows not that the receiver takes any', () => {
  add()
  send()
  add()
  // 1 may be there since then, and says nothing of how 2 would fare.
  send({ acked: [[1, 1]], rejected: [2] })
  expect(sender.rejections).toMatchObject({ acceptedAt: 0, streak: 1 })
  add()
  send({
    acked: [
      [1, 1],
      [3, 3],
    ],
  })
  expect(sender.rejections.acceptedAt).toBeGreaterThan(0)
  send({
    acked: [
      [1, 1],
      [3, 3],
    ],
    rejected: [2],
  })
  expect(store.fileTotals().quarantined.batches).toBe(1)
})

test('what is sent the first time and taken shows it, whatever was lost before', () => {
  add()
  send()
  add()
  send({ acked: [[1, 2]] })
  expect(sender.rejections.acceptedAt).toBeGreaterThan(0)
  add()
  // A receipt for batches of other requests alone.
  const before = sender.rejections.acceptedAt
  send({ acked: [[1, 2]], rejected: [3] })
  expect(sender.rejections).toMatchObject({ acceptedAt: before, streak: 1 })
})
