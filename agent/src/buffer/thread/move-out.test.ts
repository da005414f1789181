import { decodeRequest } from '@lineside/contract'
import { FakeClock } from '@lineside/contract/testing'
import { randomUUID } from 'node:crypto'
import SQLite from 'better-sqlite3'
import { cpSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { gunzipSync } from 'node:zlib'
import { pino } from 'pino'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { BatchBuffer, BufferNotice, Take } from '../api.ts'
import { openBuffer } from '../buffer.ts'

const log = pino({ level: 'silent' })
let folder: string
let path: string
let clock: FakeClock
let buffer: BatchBuffer
const notices: BufferNotice[] = []

async function open(gateway = 'g'): Promise<BatchBuffer> {
  const settings = { path, gateway, maxSizeBytes: 64e6, commitEveryMs: 1000, minFreeBytes: 1e6 }
  buffer = await openBuffer({ ...settings, clock, log, newId: randomUUID })
  buffer.onNotice(notice => notices.push(notice))
  return buffer
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'move-out-'))
  path = join(folder, 'buffer')
  clock = new FakeClock()
  notices.length = 0
})
afterEach(async () => {
  await buffer.close()
  rmSync(folder, { recursive: true, force: true })
})

const sample = (device: string, t: number) => ({ k: 'sample' as const, device, t, values: { p: t } })

async function store(device: string, ...times: readonly number[]): Promise<void> {
  for (const t of times) {
    buffer.append('data', sample(device, t))
    // oxlint-disable-next-line no-await-in-loop -- each is a batch of its own
    await buffer.commit()
  }
}

/** Has a commit find what lies at the path now, and the successor of the thread commit what waited for it. */
async function moved(): Promise<void> {
  void buffer.commit().catch(() => undefined)
  do {
    // oxlint-disable-next-line no-await-in-loop -- the thread starts in real time
    await clock.advance(1000)
    // oxlint-disable-next-line no-await-in-loop -- as above
    await setImmediate()
  } while (buffer.stats().state === 'failing' || buffer.stats().pending.entries > 0)
}

function entriesOf(take: Take | undefined) {
  const request = decodeRequest(gunzipSync(take?.body ?? new Uint8Array()))
  return request.ok ? request.batches.flatMap(({ stream, seq, entries }) => entries.map(e => ({ stream, seq, e }))) : []
}

/** All that a request with everything holds: names of batches with samples in them, and gaps. */
async function waiting() {
  const found = entriesOf(await buffer.next({ maxBytes: 4e6 }))
  const samples = found.flatMap(({ stream, seq, e }) =>
    e.k === 'sample' ? [{ name: `${stream}/${seq}`, of: `${String(e['device'])} ${String(e['t'])}` }] : [],
  )
  const gaps = found.filter(({ e }) => e.k === 'gap').length
  return { names: samples.map(({ name }) => name), samples: samples.map(({ of }) => of).toSorted(), gaps }
}

test.each(['removed', 'removed and made again'])(
  'the folder %s: all goes on there, under the same names',
  async how => {
    await open()
    await store('a', 1, 2, 3)
    const before = await waiting()
    rmSync(path, { recursive: true })
    if (how !== 'removed') mkdirSync(path)
    buffer.append('data', sample('a', 4))
    await moved()
    const after = await waiting()
    expect(after.samples).toEqual(['a 1', 'a 2', 'a 3', 'a 4'])
    expect(after.names).toEqual(expect.arrayContaining([...before.names]))
    expect(after.gaps).toBe(0)
    expect(notices.map(({ kind }) => kind)).toEqual(['failing', 'recovered'])
    expect(notices[0]).toMatchObject({ reason: expect.stringMatching(/mounted over it.*taken into what is there now/) })
  },
)

test('a folder with an older copy and more: each batch is there once, whatever the ids of its streams and points', async () => {
  // What the other place held before this gateway's runs began to lie in the hidden one.
  await open()
  await store('z', 1)
  await buffer.close()
  renameSync(path, join(folder, 'disk'))
  await open()
  await store('a', 10, 11)
  await buffer.close()
  cpSync(path, join(folder, 'older'), { recursive: true })
  await open()
  await store('a', 12)
  await store('b', 13)
  renameSync(path, join(folder, 'hidden'))
  renameSync(join(folder, 'older'), path)
  buffer.append('data', sample('b', 14))
  await moved()
  renameSync(path, join(folder, 'hidden too'))
  renameSync(join(folder, 'disk'), path)
  buffer.append('data', sample('c', 15))
  await moved()
  await buffer.close()
  await open()
  const { samples, names, gaps } = await waiting()
  expect(samples).toEqual(['a 10', 'a 11', 'a 12', 'b 13', 'b 14', 'c 15', 'z 1'])
  expect(new Set(names).size).toBe(names.length)
  expect(gaps).toBe(0)
})

test('a folder that can not take it over: readings wait in memory, the others are sent, until it can', async () => {
  await open('another')
  await store('z', 1)
  await buffer.close()
  renameSync(path, join(folder, 'disk'))
  await open()
  await store('a', 1)
  renameSync(path, join(folder, 'hidden'))
  renameSync(join(folder, 'disk'), path)
  buffer.append('data', sample('a', 2))
  await expect(buffer.commit()).rejects.toThrow(/of gateway another.*start once as/)
  expect(buffer.stats()).toMatchObject({ state: 'failing', pending: { entries: 1, readings: 1 }, restarts: 0 })
  expect(buffer.stats().disk?.freeBytes).toBeGreaterThan(0)
  expect((await waiting()).samples).toEqual(['a 1'])
  rmSync(path, { recursive: true })
  await moved()
  await buffer.close()
  await open()
  expect((await waiting()).samples).toEqual(['a 1', 'a 2'])
})

test('what of the hidden files can not be read is named by a gap', async () => {
  await open()
  await store('a', 1, 2, 3)
  const hidden = join(folder, 'hidden')
  renameSync(path, hidden)
  const db = new SQLite(join(hidden, 'buffer.db'))
  db.exec('DELETE FROM batches WHERE key = (SELECT max(key) FROM batches)')
  db.close()
  buffer.append('data', sample('a', 4))
  await moved()
  const { samples, gaps } = await waiting()
  expect([samples, gaps]).toEqual([['a 1', 'a 2', 'a 4'], 1])
  const told = { kind: 'salvaged', kept: 2, damaged: 0, missing: 1 }
  expect(notices).toContainEqual(expect.objectContaining(told))
})

test('damage that is met in the hidden files heals nothing that lies elsewhere, and what can be read goes there', async () => {
  await open()
  await store('a', 1, 2, 3)
  const hidden = join(folder, 'hidden')
  renameSync(path, hidden)
  const db = new SQLite(join(hidden, 'buffer.db'))
  db.exec('DELETE FROM batches WHERE key = (SELECT min(key) FROM batches)')
  db.close()
  await expect(buffer.next({ maxBytes: 4e6 })).rejects.toThrow(/damaged/)
  expect(existsSync(path)).toBe(false)
  buffer.append('data', sample('a', 4))
  await moved()
  const { samples, gaps } = await waiting()
  expect([samples, gaps]).toEqual([['a 2', 'a 3', 'a 4'], 1])
})

test('two places with much in quarantine: together they keep as much as one may', async () => {
  await open()
  await store('a', 1)
  await buffer.close()
  fillQuarantine(path, 600)
  renameSync(path, join(folder, 'disk'))
  await open()
  await store('a', 2)
  fillQuarantine(path, 600)
  renameSync(path, join(folder, 'hidden'))
  renameSync(join(folder, 'disk'), path)
  buffer.append('data', sample('a', 3))
  await moved()
  expect((await waiting()).samples).toEqual(['a 1', 'a 2', 'a 3'])
  expect(buffer.stats().quarantined.batches).toBe(1000)
})

function fillQuarantine(at: string, count: number): void {
  const db = new SQLite(join(at, 'buffer.db'))
  const put = db.prepare(
    `INSERT INTO quarantine (stream, seq, last, t, reason, message, readings, member)
     VALUES (?, ?, ?, 0, 'rejected', 'schema: no', 1, x'00')`,
  )
  const stream = randomUUID()
  db.transaction(() => {
    for (let seq = 1; seq <= count; seq++) put.run(stream, seq, seq)
  })()
  db.close()
}
