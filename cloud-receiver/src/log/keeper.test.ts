import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Entry } from '@lineside/contract'
import { FakeClock } from '@lineside/contract/testing'
import { createMetrics } from '../metrics.ts'
import { eventsMs, startKeeper } from './keeper.ts'
import type { KeeperOptions, LogReader } from './keeper.ts'
import type { Log, Topic } from './log.ts'
import { batchOf, openLogHere, sampleOf, uuid } from './testing.ts'

let folder: string
let clock: FakeClock
let metrics: ReturnType<typeof createMetrics>
let logged: string[]
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lineside-keeper-'))
  clock = new FakeClock()
  metrics = createMetrics()
  logged = []
})
afterEach(() => rmSync(folder, { recursive: true }))

const openLog = () => openLogHere(join(folder, 'log.db'), clock)
const logger = pino({ base: null }, { write: line => void logged.push(line) })
const keep = (log: Log, more: Partial<KeeperOptions>) =>
  startKeeper({ log, readers: [], maxBytes: 1e9, clock, logger, metrics, ...more })

let seqs = 0
/** `count` batches of one incompressible sample and one event each. */
async function fill(log: Log, count: number): Promise<void> {
  const state: Entry = { k: 'state', t: 1, scope: 'agent', name: 'agent', state: 'started' }
  for (let batch = 0; batch < count; batch++) {
    const noise = Array.from({ length: 800 }, (_, i) => Math.imul(++seqs * 800 + i, 2_654_435_761)).join('')
    const batches = [batchOf(uuid(1), seqs, [sampleOf('press', 1, { noise }), state])]
    await log.commit({ gateway: 'gw', streams: [], batches })
  }
}

const reader = (name: string, topic: Topic, position: () => number): LogReader => ({
  name,
  position: asked => (asked === topic ? position() : undefined),
})
const spans = async (log: Log) => [
  [await log.begin('samples', 0), await log.end('samples', 0)],
  [await log.begin('events', 0), await log.end('events', 0)],
]
const metric = async (name: string) =>
  (await metrics.registry.metrics()).split('\n').filter(line => line.startsWith(`lineside_receiver_${name}`))

test('below its bound nothing leaves the log', async () => {
  await using log = openLog()
  await fill(log, 300)
  await using keeper = await keep(log, { readers: [reader('archive', 'samples', () => 300)] })
  expect(keeper.full()).toBeUndefined()
  expect(await spans(log)).toEqual([
    [0, 300],
    [0, 300],
  ])
  expect(await metric('log_records')).toEqual([
    'lineside_receiver_log_records{topic="samples"} 300',
    'lineside_receiver_log_records{topic="events"} 300',
  ])
  expect(await metric('log_bytes')).toEqual([`lineside_receiver_log_bytes ${await log.bytes()}`])
})

test('above it readings go oldest first, up to the slowest reader, before any event', async () => {
  await using log = openLog()
  await fill(log, 450)
  const maxBytes = ((await log.bytes()) ?? 0) - 500_000
  const readers = [reader('archive', 'samples', () => 400), reader('state', 'samples', () => 450)]
  await using keeper = await keep(log, { readers, maxBytes })
  expect(keeper.full()).toBeUndefined()
  const [[begin = 0] = [], events] = await spans(log)
  expect(begin).toBeGreaterThan(0)
  expect(begin).toBeLessThanOrEqual(400)
  expect(events).toEqual([0, 450])
  expect(await metric('log_trimmed_records_total{topic="samples",reason="size"}')).toEqual([
    `lineside_receiver_log_trimmed_records_total{topic="samples",reason="size"} ${begin}`,
  ])
})

test('events that nobody needs go only when no reading is left', async () => {
  await using log = openLog()
  await fill(log, 250)
  await using keeper = await keep(log, { maxBytes: 0 })
  expect(await spans(log)).toEqual([
    [250, 250],
    [250, 250],
  ])
  expect(keeper.full()).toMatch(/^the log is full \(.+ of 0B\): nothing in it may go$/)
})

test('a log is full while a reader still needs what is in it, says so once, and has room when it has gone on', async () => {
  let position = 0
  await using log = openLog()
  await using keeper = await keep(log, {
    readers: [reader('archive', 'samples', () => position), reader('state', 'samples', () => position)],
    maxBytes: 500_000,
  })
  await fill(log, 300)
  for (let i = 0; i < 3; i++) {
    await clock.advance(1000)
    await log.bytes()
  }
  await expect
    .poll(() => keeper.full())
    .toMatch(/ of 500kB\): what is in it is still needed by the archive and the state$/)
  expect(await metric('log_full')).toEqual(['lineside_receiver_log_full 1'])
  expect(await spans(log)).toEqual([
    [0, 300],
    [0, 300],
  ])
  position = 300
  await expect
    .poll(async () => {
      await clock.advance(1000)
      return keeper.full()
    })
    .toBeUndefined()
  expect(logged.map(line => JSON.parse(line).msg)).toEqual([
    expect.stringContaining('the log is full'),
    'the log has room again',
  ])
})

test('events leave after ninety days, unless a reader still needs them', async () => {
  await using log = openLog()
  await fill(log, 3)
  await clock.advance(eventsMs)
  await fill(log, 2)
  await clock.advance(1)
  await using held = await keep(log, { readers: [reader('state', 'events', () => 2)] })
  expect(await spans(log)).toEqual([
    [0, 5],
    [2, 5],
  ])
  await using keeper = await keep(log, { readers: [reader('state', 'events', () => 5)] })
  expect(await spans(log)).toEqual([
    [0, 5],
    [3, 5],
  ])
  expect([held.full(), keeper.full()]).toEqual([undefined, undefined])
  expect(await metric('log_trimmed_records_total{topic="events",reason="age"}')).toEqual([
    'lineside_receiver_log_trimmed_records_total{topic="events",reason="age"} 3',
  ])
})
