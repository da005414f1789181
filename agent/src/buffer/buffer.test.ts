import { FakeClock } from '@lineside/contract/testing'
import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { decodeRequest } from '@lineside/contract'
import { pino } from 'pino'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { BatchBuffer, BufferOptions } from './api.ts'
import { openBuffer } from './buffer.ts'

let folder: string
const open = new Set<BatchBuffer>()

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'buffer-'))
})
afterEach(async () => {
  for (const buffer of open) await buffer.close()
  open.clear()
  rmSync(folder, { recursive: true, force: true })
})

async function opened(more: Partial<BufferOptions> = {}): Promise<{ buffer: BatchBuffer; clock: FakeClock }> {
  const clock = new FakeClock()
  const log = pino({ level: 'silent' })
  const defaults = { path: folder, gateway: 'plant1-gw3', maxSizeBytes: 64e6, commitEveryMs: 1000 }
  const buffer = await openBuffer({ ...defaults, clock, log, newId: randomUUID, ...more })
  open.add(buffer)
  return { buffer, clock }
}

const sample = (t: number, value = 1) => ({
  k: 'sample' as const,
  device: 'press_3',
  t,
  values: { temp: value, noise: 2 },
})

test('what was appended is in the next request, under one header line, until a receipt covers it', async () => {
  const { buffer } = await opened()
  const settled: (Error | undefined)[] = []
  buffer.append('data', sample(1), error => settled.push(error))
  buffer.append('data', sample(2))
  await buffer.commit()
  expect(settled).toEqual([undefined])
  const take = await buffer.next({ maxBytes: 4e6 })
  const request = decodeRequest(gunzipSync(take?.body ?? new Uint8Array()))
  expect(request).toMatchObject({
    ok: true,
    envelope: { gateway: 'plant1-gw3', batches: 1, streams: [{ low: 1 }] },
    batches: [{ seq: 1, gateway: 'plant1-gw3', entries: [sample(1), sample(2)] }],
  })
  expect(await buffer.next({ maxBytes: 4e6 })).toBeUndefined()
  const stream = take?.streams[0] ?? ''
  const settledBy = await buffer.settle(take?.requestId ?? 0, { streams: [{ stream, acked: [[1, 1]] }] })
  expect(settledBy).toEqual({ acked: 1, rejected: 0, nameAll: false })
  expect(buffer.stats()).toMatchObject({ waiting: { batches: 0, readings: 0, bytes: 0 }, committed: { readings: 4 } })
})

test('the files are readable by their owner alone', async () => {
  const { buffer } = await opened()
  buffer.append('data', sample(1))
  await buffer.commit()
  for (const name of ['buffer.db', 'buffer.db-wal', 'buffer.lock']) {
    expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600)
  }
})
