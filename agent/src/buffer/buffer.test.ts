import { FakeClock } from '@lineside/contract/testing'
import SQLite from 'better-sqlite3'
import { fork } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { decodeRequest, isGap } from '@lineside/contract'
import type { Entry } from '@lineside/contract'
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
const alarm = (text: string) => ({
  k: 'alarm' as const,
  t: 1,
  device: 'press_3',
  alarm: 'hot',
  id: '6b2f3c1e-0000-4000-8000-000000000001',
  event: 'raised' as const,
  state: 'unacknowledged' as const,
  priority: 'high' as const,
  text,
})
const noise = () =>
  Array.from({ length: 700 }, () => randomUUID())
    .join('')
    .slice(0, 16_000)

const deviceOf = (entry: Entry) => `${entry.k} ${'device' in entry ? String(entry.device) : ''}`

/** Everything that waits, decoded, without acknowledging it. */
async function waiting(
  buffer: BatchBuffer,
  nameAll = false,
): Promise<Extract<ReturnType<typeof decodeRequest>, { ok: true }>> {
  const take = await buffer.next({ maxBytes: 4e6, nameAll })
  const request = decodeRequest(gunzipSync(take?.body ?? new Uint8Array()))
  if (!request.ok) throw new Error(request.message)
  await buffer.release(take?.requestId ?? 0)
  return request
}

/** Another program's connection to the database. */
function meddle<T>(work: (db: SQLite.Database) => T): T {
  const db = new SQLite(join(folder, 'buffer.db'))
  try {
    return work(db)
  } finally {
    db.close()
  }
}

test('what was appended is in the next request, under one header line, until a receipt covers it', async () => {
  const { buffer } = await opened()
  const settled: (Error | undefined)[] = []
  buffer.append('data', sample(1), error => settled.push(error))
  buffer.append('data', sample(2))
  await buffer.commit()
  expect(settled).toEqual([undefined])
  const take = await buffer.next({ maxBytes: 4e6 })
  expect(decodeRequest(gunzipSync(take?.body ?? new Uint8Array()))).toMatchObject({
    ok: true,
    envelope: { gateway: 'plant1-gw3', batches: 1, streams: [{ low: 1 }] },
    batches: [{ seq: 1, gateway: 'plant1-gw3', entries: [sample(1), sample(2)] }],
  })
  // In flight: nothing else is there.
  expect(await buffer.next({ maxBytes: 4e6 })).toBeUndefined()
  const stream = take?.streams[0] ?? ''
  const settledBy = await buffer.settle(take?.requestId ?? 0, { streams: [{ stream, acked: [[1, 1]] }] })
  expect(settledBy).toEqual({ acked: 1, arrived: 1, rejected: 0 })
  expect(buffer.stats()).toMatchObject({ waiting: { batches: 0, readings: 0, bytes: 0 }, committed: { readings: 4 } })
})

test('readings are committed after their time, alarms at once', async () => {
  const { buffer, clock } = await opened()
  buffer.append('data', sample(1))
  await clock.advance(999)
  expect(buffer.stats().committed.batches).toBe(0)
  const alarmed = new Promise<void>(resolve => buffer.append('alarms', alarm('hot'), () => resolve()))
  await alarmed
  expect(buffer.stats()).toMatchObject({ committed: { batches: 1, readings: 0 }, pending: { entries: 1 } })
  const committed = new Promise<void>(resolve => buffer.onCommitted(resolve))
  await clock.advance(1)
  await committed
  expect(buffer.stats()).toMatchObject({ committed: { batches: 2, readings: 2 }, pending: { entries: 0, bytes: 0 } })
})

test('the files are readable by their owner alone, and a second agent on them is refused', async () => {
  const { buffer } = await opened()
  buffer.append('data', sample(1))
  await buffer.commit()
  for (const name of ['buffer.db', 'buffer.db-wal', 'buffer.lock']) {
    expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600)
  }
  await expect(opened()).rejects.toMatchObject({
    code: 'locked',
    hint: expect.stringContaining('stop the other agent'),
  })
})

test('a later run goes on with streams of its own and sends the older ones under their names', async () => {
  const first = await opened()
  first.buffer.append('data', sample(1))
  await first.buffer.close()
  const { buffer } = await opened()
  expect(buffer.run).toBe(2)
  buffer.append('data', sample(2))
  await buffer.commit()
  const { envelope, batches } = await waiting(buffer)
  expect(batches.map(({ seq, entries }) => [seq, entries])).toEqual([
    [1, [sample(2)]],
    [1, [sample(1)]],
  ])
  expect(new Set(batches.map(batch => batch.stream)).size).toBe(2)
  expect(envelope.streams.map(({ sealed }) => sealed)).toEqual([1, undefined])
})

test('another gateway name is refused while batches wait, and taken when none do', async () => {
  const first = await opened()
  first.buffer.append('data', sample(1))
  await first.buffer.close()
  const other = { gateway: 'plant1-gw4' }
  await expect(opened(other)).rejects.toMatchObject({
    code: 'gateway_changed',
    message: /1 unsent batch of gateway plant1-gw3/,
  })
  const again = await opened()
  const take = await again.buffer.next({ maxBytes: 4e6 })
  const streams = take?.streams.map(stream => ({ stream, acked: [[1, 1]] as const })) ?? []
  await again.buffer.settle(take?.requestId ?? 0, { streams })
  await again.buffer.close()
  const renamed = await opened(other)
  expect(await waiting(renamed.buffer, true)).toMatchObject({ envelope: { gateway: 'plant1-gw4', streams: [] } })
})

test('what waits of a device that is no longer configured, or had another profile, is sent as it was', async () => {
  const device = { k: 'device', t: 1, device: 'press_3', profile: 'banner/old', version: '1', tags: {} } as const
  const first = await opened()
  first.buffer.describe([{ ...device, points: { temp: { type: 'float32' } } }])
  first.buffer.append('data', sample(1))
  await first.buffer.close()
  const { buffer } = await opened({ maxSizeBytes: 16e6 })
  buffer.describe([{ ...device, device: 'saw_1', profile: 'banner/new', points: {} }])
  buffer.append('data', { ...sample(2), device: 'saw_1' })
  await buffer.commit()
  const found = await waiting(buffer, true)
  expect(found.batches.flatMap(({ entries }) => entries.map(deviceOf))).toEqual([
    'device saw_1',
    'sample saw_1',
    'device press_3',
    'sample press_3',
  ])
})

test('text kept beside the batches survives a restart', async () => {
  const first = await opened()
  first.buffer.writeState('alarms', '{"hot":1}')
  first.buffer.writeState('gone', 'x')
  first.buffer.writeState('gone', undefined)
  await first.buffer.close()
  const { buffer } = await opened()
  const kept: [string, string][] = []
  await buffer.takeUp(['alarms', 'gone'], saved => kept.push(...saved))
  expect(kept).toEqual([['alarms', '{"hot":1}']])
})

test('each new data stream begins with the description of the devices', async () => {
  const device = { k: 'device' as const, t: 1, device: 'press_3', profile: 'a/b', version: '1', tags: {}, points: {} }
  for (const run of [1, 2]) {
    const { buffer } = await opened()
    buffer.describe([device])
    buffer.append('data', sample(run))
    await buffer.commit()
    const { batches } = await waiting(buffer)
    expect(batches.slice(0, 2).map(({ seq, entries }) => [seq, entries])).toEqual([
      [1, [device]],
      [2, [sample(run)]],
    ])
    await buffer.close()
  }
})

test('at its cap the buffer lets the oldest readings go, counts them by point and keeps the alarms', async () => {
  const maxSizeBytes = 2_000_000
  const said: string[] = []
  const { buffer } = await opened({ maxSizeBytes, log: pino({}, { write: (line: string) => void said.push(line) }) })
  let told = 0
  buffer.onNotice(({ kind }) => void (told += Number(kind === 'evicted')))
  buffer.append('alarms', alarm('kept'))
  const total = 250
  for (let t = 1; t <= total; t++) {
    buffer.append('data', { ...sample(t), values: { text: noise(), temp: t } })
    await buffer.commit()
  }
  const { evicted, waiting: left } = buffer.stats()
  expect(evicted.readings).toBeGreaterThan(10)
  expect(left.readings + evicted.readings).toBe(2 * total)
  const files = ['buffer.db', 'buffer.db-wal', 'buffer.db-shm'].map(name => statSync(join(folder, name)).size)
  expect(files.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(maxSizeBytes)
  const { batches } = await waiting(buffer)
  const entries = batches.flatMap(batch => batch.entries)
  expect(entries[0]).toEqual(alarm('kept'))
  const counted = entries.flatMap(entry => (isGap(entry) ? [entry.counts?.['press_3'] ?? {}] : []))
  const sum = (point: string) => counted.reduce((all, points) => all + (points[point] ?? 0), 0)
  expect([sum('temp'), sum('text')]).toEqual([evicted.readings / 2, evicted.readings / 2])
  // One line for many.
  expect(told).toBeGreaterThan(1)
  expect(said.filter(line => line.includes('were let go'))).toEqual([expect.stringContaining('as large as max_size: ')])
})

test('while the disk refuses, readings wait in memory, the oldest are let go, and a gap reports them later', async () => {
  const { buffer, clock } = await opened({ maxPendingBytes: 600_000 })
  const notices: string[] = []
  buffer.onNotice(notice => notices.push(notice.kind))
  meddle(db => db.exec('ALTER TABLE batches RENAME TO away'))
  const text = 'x'.repeat(10_000)
  let failed = 0
  for (let t = 1; t <= 100; t++) buffer.append('data', { ...sample(t), values: { text } }, error => error && failed++)
  await expect(buffer.commit()).rejects.toMatchObject({ code: 'write_failed' })
  expect(buffer.stats()).toMatchObject({ state: 'failing', reason: expect.stringContaining('no such table') })
  expect(failed).toBe(buffer.stats().dropped.readings)
  meddle(db => db.exec('ALTER TABLE away RENAME TO batches'))
  const recovered = new Promise<void>(resolve => buffer.onCommitted(resolve))
  await clock.advance(1000)
  await recovered
  expect(notices).toEqual(['failing', 'recovered', 'dropped'])
  const { batches } = await waiting(buffer)
  const entries = batches.flatMap(batch => batch.entries)
  expect(entries.find(isGap)).toMatchObject({ reason: 'evicted', counts: { press_3: { text: failed } } })
  expect(entries.filter(entry => entry.k === 'sample')).toHaveLength(100 - failed)
  expect(buffer.stats().state).toBe('ok')
})

test('a damaged batch is never sent: a gap names it', async () => {
  const { buffer } = await opened()
  buffer.append('data', sample(1))
  await buffer.commit()
  meddle(db => db.exec(`UPDATE batches SET member = zeroblob(100)`))
  const { batches } = await waiting(buffer)
  expect(batches.flatMap(batch => batch.entries)).toMatchObject([
    { k: 'gap', reason: 'corrupt', names: [{ seqs: [[1, 1]] }] },
  ])
  expect(buffer.stats().quarantined).toEqual({ batches: 1, bytes: 100 })
})

test('a receipt above the high-water mark of a stream of this run means a clone: new streams begin', async () => {
  const { buffer } = await opened()
  const notices: string[] = []
  buffer.onNotice(notice => notices.push(notice.kind))
  buffer.append('data', sample(1))
  await buffer.commit()
  const take = await buffer.next({ maxBytes: 4e6 })
  const stream = take?.streams[0] ?? ''
  await buffer.settle(take?.requestId ?? 0, { streams: [{ stream, acked: [[1, 5]] }] })
  expect(notices).toEqual(['clone'])
  buffer.append('data', sample(2))
  await buffer.commit()
  const { batches } = await waiting(buffer)
  expect(batches).toMatchObject([{ seq: 1, entries: [sample(2)] }])
  expect(batches[0]?.stream).not.toBe(stream)
})

test('what was reported as committed is there after kill -9', async () => {
  const child = fork(new URL('./kill.testdata.ts', import.meta.url), [folder], {
    execArgv: ['--conditions=source'],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  let last = 0
  child.on('message', (t: number) => {
    last = t
    if (t === 20) child.kill('SIGKILL')
  })
  await once(child, 'exit')
  const { buffer } = await opened()
  const { batches } = await waiting(buffer)
  const times = batches.flatMap(batch => batch.entries.map(entry => entry['t' as keyof typeof entry]))
  expect(last).toBeGreaterThanOrEqual(20)
  expect(times.slice(0, last)).toEqual(Array.from({ length: last }, (_, i) => i + 1))
})
