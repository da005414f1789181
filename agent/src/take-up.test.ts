import type { AlarmEntry } from '@lineside/contract'
import { FakeClock } from '@lineside/contract/testing'
import { randomUUID } from 'node:crypto'
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { pino } from 'pino'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createSystemAlarms } from './alarms/system.ts'
import { createWatch } from './alarms/watch.ts'
import type { BatchBuffer } from './buffer/api.ts'
import { openBuffer } from './buffer/buffer.ts'
import { createDeviceMemory } from './device-memory.ts'
import { savedKeys, takeUpSaved } from './take-up.ts'
import { Purse } from './uplink/purse.ts'

const limit = { kind: 'threshold', device: 'press', point: 'p', priority: 'high', high: 80 } as const
const rule = { ...limit, hysteresis: 0, onDelayMs: 0, offDelayMs: 0 } as const
const log = pino({ level: 'silent' })

let folder: string
let clock: FakeClock
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'take-up-'))
  clock = new FakeClock(Date.UTC(2026, 10, 1))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** The parts of an agent that know something over restarts, beside a real buffer. */
async function start() {
  const settings = { path: join(folder, 'buffer'), gateway: 'gw', maxSizeBytes: 64e6, commitEveryMs: 1000 }
  const buffer: BatchBuffer = await openBuffer({ ...settings, clock, log, newId: randomUUID })
  const parts = { now: () => clock.now(), newId: randomUUID }
  const watch = createWatch(
    ['hot', 'warm'].map(name => ({ ...rule, name })),
    parts,
  )
  const system = createSystemAlarms('gw', parts)
  const memory = createDeviceMemory(['a', 'b', 'c'], text => buffer.writeState(savedKeys.memory, text))
  const save = (text: string) => buffer.writeState(savedKeys.purse, text)
  const purse = new Purse({ budgetBytes: 30e6, timezone: 'UTC', clock, isCertain: () => true, save })
  const shown: AlarmEntry[] = []
  let isDone = false
  const tell = (entry: AlarmEntry) => buffer.append('alarms', entry)
  const see = (value: number) => {
    for (const entry of watch.observe(
      { k: 'sample', device: 'press', t: 1, values: { p: value } },
      clock.monotonic(),
    )) {
      tell(entry)
      buffer.writeState(savedKeys.watch, watch.snapshot())
    }
  }
  const people = { tell, show: (entry: AlarmEntry) => void shown.push(entry), done: () => void (isDone = true) }
  await takeUpSaved({ buffer, clock, log, watch, system, memory, purse, ...people })
  return { buffer, watch, system, memory, purse, shown, tell, see, isDone: () => isDone }
}

test('where the buffer opens later each part goes on from the last run with what it learned meanwhile', async () => {
  const first = await start()
  expect(first.isDone()).toBe(true)
  first.see(90)
  const acknowledged = first.watch.acknowledge('press', 'hot', 'ann')
  if (acknowledged.ok) first.tell(acknowledged.entry)
  first.buffer.writeState(savedKeys.watch, first.watch.snapshot())
  first.memory.of('a', 'x').keep({ n: 1 })
  first.memory.of('b', 'x').keep({ n: 1 })
  first.purse.spend(100_000)
  await first.buffer.close()

  const aside = join(folder, 'aside')
  renameSync(join(folder, 'buffer'), aside)
  writeFileSync(join(folder, 'buffer'), '')
  const late = await start()
  expect(late.isDone()).toBe(false)
  late.see(95)
  expect(late.watch.list()).toMatchObject([{ state: 'unacknowledged' }, { state: 'unacknowledged' }])
  late.see(70)
  late.memory.of('b', 'x').keep({ n: 2 })
  late.purse.spend(20_000)
  rmSync(join(folder, 'buffer'))
  renameSync(aside, join(folder, 'buffer'))
  while (late.buffer.stats().state !== 'ok') {
    // oxlint-disable-next-line no-await-in-loop -- the thread starts in real time
    await clock.advance(1000)
    // oxlint-disable-next-line no-await-in-loop -- as above
    await setImmediate()
  }
  expect(late.isDone()).toBe(true)
  expect(late.shown).toMatchObject([
    { alarm: 'hot', event: 'returned', state: 'normal', id: acknowledged.ok ? acknowledged.entry.id : '' },
    { alarm: 'warm', event: 'returned', state: 'rtn_unacknowledged' },
  ])
  expect(late.watch.list()).toMatchObject([{ alarm: 'warm', state: 'rtn_unacknowledged' }])
  const recalled = ['a', 'b', 'c'].map(name => late.memory.of(name, 'x').recall())
  expect(recalled).toEqual([{ n: 1 }, { n: 2 }, undefined])
  const spent = late.purse.status().spentBytes
  expect(spent).toBe(first.purse.status().spentBytes + 20_000)
  late.purse.close()
  await late.buffer.close()

  const third = await start()
  expect(third.watch.list()).toMatchObject([{ alarm: 'warm', state: 'rtn_unacknowledged' }])
  expect(third.memory.of('b', 'x').recall()).toEqual({ n: 2 })
  expect(third.purse.status().spentBytes).toBe(spent)
  await third.buffer.close()
})
