import { decodeRequest, isGap } from '@lineside/contract'
import type { AlarmEntry, Entry } from '@lineside/contract'
import { FakeClock } from '@lineside/contract/testing'
import { randomUUID } from 'node:crypto'
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { gunzipSync } from 'node:zlib'
import { pino } from 'pino'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { BatchBuffer, BufferNotice, BufferOptions, Stamping } from '../api.ts'
import { openBuffer } from '../buffer.ts'
import { retryDelayMs } from './retry.ts'

let folder: string
let disk: string
let clock: FakeClock
let buffer: BatchBuffer | undefined
const notices: BufferNotice[] = []

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'late-'))
  disk = join(folder, 'disk')
  mkdirSync(disk)
  clock = new FakeClock(1_763_700_000_000)
  notices.length = 0
})
afterEach(async () => {
  await buffer?.close()
  buffer = undefined
  rmSync(folder, { recursive: true, force: true })
})

/** A file lies where the disk should be. */
function takeAway(): void {
  renameSync(disk, `${disk}.away`)
  writeFileSync(disk, '')
}

function bringBack(): void {
  rmSync(disk)
  renameSync(`${disk}.away`, disk)
}

async function opened(more: Partial<BufferOptions> = {}): Promise<BatchBuffer> {
  const settings = { path: join(disk, 'buffer'), gateway: 'g', maxSizeBytes: 64e6, commitEveryMs: 1000 }
  buffer = await openBuffer({ ...settings, clock, log: pino({ level: 'silent' }), newId: randomUUID, ...more })
  buffer.onNotice(notice => notices.push(notice))
  return buffer
}

/** The thread starts in real time. */
async function until(isDone: () => boolean): Promise<void> {
  while (!isDone()) {
    // oxlint-disable-next-line no-await-in-loop -- until it is so
    await clock.advance(1000)
    // oxlint-disable-next-line no-await-in-loop -- as above
    await setImmediate()
  }
}

async function waiting(from: BatchBuffer): Promise<readonly Entry[]> {
  const taken = await from.next({ maxBytes: 4e6 })
  const request = decodeRequest(gunzipSync(taken?.body ?? new Uint8Array()))
  await from.release(taken?.requestId ?? 0)
  return request.ok ? request.batches.flatMap(batch => batch.entries) : []
}

const sample = (device: string, t: number) => ({ k: 'sample' as const, device, t, values: { p: 1, q: 2 } })
const alarm = (name: string): AlarmEntry => ({
  k: 'alarm',
  t: 1,
  device: 'press',
  alarm: name,
  id: randomUUID(),
  event: 'raised',
  state: 'unacknowledged',
  priority: 'high',
  text: 'hot',
})

test('what was let go before the database was open is counted by device and point, under the ids that it has', async () => {
  {
    const before = await opened()
    for (const device of ['a', 'b', 'c']) before.append('data', sample(device, 1))
    await before.commit()
    await before.close()
  }
  takeAway()
  const late = await opened({ maxPendingBytes: 10_000 })
  let sent = 0
  for (; late.stats().dropped.entries === 0; sent++) late.append('data', sample(['c', 'x', 'a'][sent % 3] ?? '', sent))
  const { dropped } = late.stats()
  bringBack()
  await until(() => late.stats().state === 'ok')
  const entries = await waiting(late)
  const [gap] = entries.filter(isGap)
  const lost = (device: string) =>
    Array.from({ length: dropped.entries }, (_, n) => ['c', 'x', 'a'][n % 3]).filter(d => d === device).length
  expect(gap?.counts).toEqual(
    Object.fromEntries(['c', 'x', 'a'].map(device => [device, { p: lost(device), q: lost(device) }])),
  )
  const times = entries.flatMap(entry => (entry.k === 'sample' && entry['t'] !== undefined ? [entry['t']] : []))
  expect(times).toHaveLength(3 + sent - dropped.entries)
  expect(new Set(times.slice(3)).size).toBe(times.length - 3)
  expect(notices.map(({ kind }) => kind)).toEqual(['failing', 'recovered', 'dropped'])
  await late.close()

  takeAway()
  const again = await opened()
  again.append('data', sample('y', 1))
  bringBack()
  await until(() => again.stats().state === 'ok')
  expect(await waiting(again)).toHaveLength(entries.length + 1)
})

test('what earlier runs kept is taken up before anything is committed, and puts right what was told meanwhile', async () => {
  {
    const before = await opened()
    before.writeState('alarms', 'as they were')
    await before.close()
  }
  takeAway()
  const late = await opened()
  const taken: unknown[] = []
  late.append('alarms', alarm('known'))
  late.append('alarms', alarm('new'))
  late.writeState('alarms', 'as they are')
  await late.takeUp(['alarms', 'none'], (saved, told) => {
    taken.push([...saved])
    told(entry => (entry.alarm === 'known' ? undefined : { ...entry, text: 'put right' }))
    late.writeState('alarms', `${saved.get('alarms')}, then as they are`)
  })
  expect(taken).toEqual([])
  expect(late.stats()).toMatchObject({ state: 'failing', run: 0, pending: { entries: 2 } })
  bringBack()
  await until(() => late.stats().state === 'ok')
  expect(taken).toEqual([[['alarms', 'as they were']]])
  expect(await waiting(late)).toMatchObject([{ k: 'alarm', alarm: 'new', text: 'put right' }])
  await late.close()
  const after = await opened()
  await after.takeUp(['alarms'], saved => taken.push(saved.get('alarms')))
  expect(taken).toHaveLength(2)
  expect(taken[1]).toBe('as they were, then as they are')
})

test('times that were taken before the clock was known are put right, although nothing was stored then', async () => {
  takeAway()
  let stamping: Stamping = { zero: 1_000_000_000, certain: false, epoch: 0 }
  const late = await opened({ stamping: () => stamping })
  late.append('data', sample('d', 1_000_000_005))
  stamping = { zero: 1_763_000_000_000, certain: true, epoch: 0 }
  late.clockChanged()
  late.append('data', sample('d', 1_763_000_000_007))
  bringBack()
  await until(() => late.stats().state === 'ok')
  const times = (await waiting(late)).flatMap(entry => ('t' in entry ? [entry.t] : []))
  expect(times).toEqual([1_763_000_000_005, 1_763_000_000_007])
})

test('a disk that refuses for long is tried less and less often, and never more than twice a minute', async () => {
  const startedAt: number[] = []
  const remember = () => void startedAt.push(clock.monotonic())
  process.on('worker', remember)
  try {
    takeAway()
    const late = await opened()
    await until(() => startedAt.length === 9)
    const pauses = startedAt.slice(1).map((at, index) => at - (startedAt[index] ?? 0))
    // The thread starts in real time, so that some pauses are longer here.
    for (const [index, pause] of pauses.entries()) expect(pause).toBeGreaterThanOrEqual(retryDelayMs(index + 1))
    expect(late.stats().restarts).toBe(0)
  } finally {
    process.off('worker', remember)
  }
})

test('a buffer of another gateway that turns up later is left alone, and the way out is told', async () => {
  {
    const other = await opened({ gateway: 'other' })
    other.append('data', sample('d', 1))
    await other.commit()
    await other.close()
  }
  await expect(opened()).rejects.toMatchObject({ code: 'gateway_changed' })
  takeAway()
  const late = await opened()
  const errors: (Error | undefined)[] = []
  late.append('data', sample('d', 2), error => errors.push(error))
  bringBack()
  await until(() => notices.length > 1)
  expect(notices[1]).toMatchObject({ kind: 'failing', reason: expect.stringMatching(/gateway other.*move .* aside/) })
  await late.close()
  expect(errors).toMatchObject([{ code: 'closed' }])
  const owner = await opened({ gateway: 'other' })
  expect(await waiting(owner)).toMatchObject([{ t: 1 }])
})
