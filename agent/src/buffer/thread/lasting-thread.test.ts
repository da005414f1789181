import { decodeRequest } from '@lineside/contract'
import { FakeClock, seededRandom } from '@lineside/contract/testing'
import { randomUUID } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import type { Worker } from 'node:worker_threads'
import { gunzipSync } from 'node:zlib'
import { pino } from 'pino'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { BatchBuffer, BufferNotice } from '../api.ts'
import { openBuffer } from '../buffer.ts'

let path: string
let buffer: BatchBuffer
let clock: FakeClock
let worker: Worker | undefined
const notices: BufferNotice[] = []
const remember = (made: Worker) => {
  worker = made
}

beforeEach(async () => {
  process.on('worker', remember)
  path = mkdtempSync(join(tmpdir(), 'thread-'))
  clock = new FakeClock()
  notices.length = 0
  const log = pino({ level: 'silent' })
  buffer = await openBuffer({
    path,
    gateway: 'g',
    maxSizeBytes: 64e6,
    commitEveryMs: 1000,
    clock,
    log,
    newId: randomUUID,
  })
  buffer.onNotice(notice => notices.push(notice))
})
afterEach(async () => {
  await buffer.close()
  process.off('worker', remember)
  rmSync(path, { recursive: true, force: true })
})

const sample = (t: number) => ({ k: 'sample' as const, device: 'd', t, values: { p: t } })

/** Source times of all that waits. */
async function waiting(): Promise<readonly number[]> {
  const taken = await buffer.next({ maxBytes: 4e6 })
  if (!taken) return []
  const request = decodeRequest(gunzipSync(taken.body))
  await buffer.release(taken.requestId)
  return request.ok
    ? request.batches
        .flatMap(batch => batch.entries)
        .flatMap(entry => (entry.k === 'sample' ? [Number(entry['t'])] : []))
    : []
}

/** Lets pauses run out until the buffer takes what waits. */
async function recovered(deaths: number): Promise<void> {
  while (buffer.stats().restarts < deaths || buffer.stats().state === 'failing' || buffer.stats().pending.entries > 0) {
    // oxlint-disable-next-line no-await-in-loop -- the thread starts in real time
    await clock.advance(1000)
    // oxlint-disable-next-line no-await-in-loop -- as above
    await setImmediate()
  }
}

test('a thread that dies at any moment is started again: every sample is there once', async () => {
  const random = seededRandom(3)
  let t = 0
  for (let death = 1; death <= 6; death++) {
    for (let n = 0; n < 20; n++) {
      buffer.append('data', sample(++t))
      void buffer.commit().catch(() => undefined)
      if (n === 10) {
        for (let turns = Math.floor(random() * 40); turns > 0; turns--) await setImmediate()
        void worker?.terminate()
      }
    }
    await recovered(death)
    expect(buffer.stats()).toMatchObject({ state: 'ok', restarts: death })
  }
  expect((await waiting()).toSorted((a, b) => a - b)).toEqual(Array.from({ length: t }, (_, index) => index + 1))
  expect(notices.map(({ kind }) => kind)).toContain('recovered')
}, 30_000)

test('that the receiver rejects is taken back where a new thread knows nothing of it', async () => {
  for (let t = 1; t <= 3; t++) {
    buffer.append('data', sample(t))
    await buffer.commit()
  }
  const taken = await buffer.next({ maxBytes: 4e6 })
  const rejected = [1, 2, 3].map(seq => ({ seq, code: 'schema', message: 'a bug' }) as const)
  const streams = (taken?.streams ?? []).map(stream => ({ stream, acked: [], rejected }))
  await buffer.settle(taken?.requestId ?? 0, { streams })
  expect(notices.map(({ kind }) => kind)).toEqual(['rejecting'])
  buffer.append('data', sample(4))
  void worker?.terminate()
  void buffer.commit().catch(() => undefined)
  await recovered(1)
  expect(notices.filter(({ kind }) => kind === 'accepting')).toHaveLength(1)
}, 30_000)

test('where healing is not possible readings wait in memory; later it begins anew and says so', async () => {
  buffer.append('data', sample(1))
  await buffer.commit()
  // In the way of the note that a healing begins with.
  mkdirSync(join(path, 'healing', 'x'), { recursive: true })
  await buffer.close()
  writeFileSync(join(path, 'buffer.db'), Buffer.alloc(8192))
  const log = pino({ level: 'silent' })
  const settings = { path, gateway: 'g', maxSizeBytes: 64e6, commitEveryMs: 1000 }
  buffer = await openBuffer({ ...settings, clock, log, newId: randomUUID })
  buffer.onNotice(notice => notices.push(notice))
  expect(notices).toMatchObject([{ kind: 'failing', reason: expect.stringContaining('healing') }])
  buffer.append('data', sample(2))
  rmSync(join(path, 'healing'), { recursive: true })
  await recovered(0)
  expect((await waiting()).toSorted((a, b) => a - b)).toEqual([2])
  expect(notices.map(({ kind }) => kind)).toEqual(['failing', 'salvaged', 'recovered'])
  expect(buffer.stats()).toMatchObject({ healed: 1, restarts: 0 })
})
