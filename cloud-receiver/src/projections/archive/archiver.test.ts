import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { zstdDecompressSync } from 'node:zlib'
import { parquetReadObjects } from 'hyparquet'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { archiveRows, archiveSummaryRows, isEntry, isKind, parseJson } from '@lineside/contract'
import type { ArchiveRow, Entry } from '@lineside/contract'
import type { LogRecord } from '../../log/log.ts'
import { FakeClock, seededRandom } from '@lineside/contract/testing'
import type { Log } from '../../log/log.ts'
import { batchOf, openLogHere, readAll, sampleOf, uuid } from '../../log/testing.ts'
import { openArchiver } from './archiver.ts'
import type { ArchiverOptions } from './archiver.ts'
import { openFolderStore } from './folder-store.ts'
import type { ObjectStore } from './object-store.ts'

let folder: string
let clock: FakeClock
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lineside-archive-'))
  clock = new FakeClock()
})
afterEach(() => rmSync(folder, { recursive: true }))

const openLog = () => openLogHere(join(folder, 'log.db'), clock)
const openStore = (name = 'archive') => openFolderStore(join(folder, name))
const day = 86_400_000
const start = Date.UTC(2026, 10, 21)

async function openOn(log: Log, store: ObjectStore, more: Partial<ArchiverOptions> = {}) {
  const lane = { incarnation: log.incarnation, topic: 'samples', shard: 0 } as const
  const events = { stored: () => undefined, sealed: () => undefined, lost: () => undefined }
  const endAtStart = await log.end('samples', 0)
  return openArchiver({ log, store, clock, lane, roll: { rows: 1e6, everyMs: 300_000 }, events, endAtStart, ...more })
}

/** `count` batches of two gateways over three days, with values of every sort, and summaries behind the twentieth. */
async function fill(log: Log, count: number, from = 1): Promise<void> {
  const random = seededRandom(from)
  const commits: Promise<unknown>[] = []
  for (let seq = from; seq < from + count; seq++) {
    const t = start + Math.floor(random() * 3) * day + seq
    const entries: Entry[] = [
      { ...sampleOf('press', t, { temperature: random() * 100, run: seq % 2 === 0 }), quality: { vib: 'bad:refused' } },
      { k: 'state', t, scope: 'device', name: 'press', state: 'online' },
      sampleOf('meter', t, { energy: 2n ** 60n + BigInt(seq), state: `s${seq}`, uint: 2n ** 63n, wh: seq }),
    ]
    // Stands for batches of a stream that is not there otherwise.
    const names = [{ stream: uuid(1000 + seq), seqs: [[1, 60]] }] as const
    const summed = { min: -seq, max: seq, mean: random(), count: 60 + seq }
    if (seq > 20 && seq % 7 === 0)
      entries.push({ k: 'summary', t, until: t + 59_000, device: 'press', points: { temperature: summed }, names })
    commits.push(log.commit({ gateway: `gw${seq % 2}`, streams: [], batches: [batchOf(uuid(seq % 2), seq, entries)] }))
  }
  await Promise.all(commits)
}

const objectsOf = async (store: ObjectStore) =>
  (await store.list('')).filter(key => key.endsWith('.parquet')).toSorted()

async function rowsOf(store: ObjectStore): Promise<readonly Record<string, unknown>[]> {
  const rows: Record<string, unknown>[] = []
  for (const key of await objectsOf(store)) {
    const bytes = Uint8Array.from((await store.get(key)) ?? [])
    const read = await parquetReadObjects({
      file: bytes.buffer,
      compressors: { ZSTD: input => zstdDecompressSync(input) },
    })
    for (const row of read) {
      const t: unknown = row['t']
      const date = t instanceof Date ? t.toISOString().slice(0, 10) : 'no date'
      expect(key.startsWith(`date=${date}/gateway=${String(row['gateway'])}/`)).toBe(true)
      const until: unknown = row['t_until']
      const times = { t: t instanceof Date ? t.getTime() : t, t_until: until instanceof Date ? until.getTime() : until }
      rows.push({ ...row, ...times })
    }
  }
  return rows
}

/** What the archive must hold: the rows of every sample and summary in the log. */
async function expectedOf(log: Log): Promise<readonly Record<string, unknown>[]> {
  const rows: Record<string, unknown>[] = []
  for (const record of await readAll(log, 'samples')) {
    for (const row of rowsIn(record)) {
      rows.push({
        gateway: row.gateway,
        device: row.device,
        point: row.point,
        t: Number(row.t / 1000n),
        value_double: row.valueDouble ?? null,
        value_int: row.valueInt ?? null,
        value_text: row.valueText ?? null,
        quality: row.quality ?? null,
        stream: row.stream,
        seq: BigInt(row.seq),
        idx: row.idx,
        t_until: row.summary === undefined ? null : Number(row.summary.until / 1000n),
        readings: row.summary === undefined ? null : BigInt(row.summary.readings),
        value_min: row.summary?.min ?? null,
        value_max: row.summary?.max ?? null,
      })
    }
  }
  return rows
}

function rowsIn(record: LogRecord): readonly ArchiveRow[] {
  const entry = parseJson(record.json)
  if (!isEntry(entry)) return []
  if (isKind(entry, 'sample')) return archiveRows(record, entry)
  return isKind(entry, 'summary') ? archiveSummaryRows(record, entry) : []
}

const text = (row: Record<string, unknown>) =>
  JSON.stringify(row, (_key, value: unknown) => (typeof value === 'bigint' ? `${value}n` : (value ?? null)))
const sorted = (rows: readonly Record<string, unknown>[]) => rows.map(text).toSorted()

/** A store that loses its connection when it is asked to put such a key. */
function failing(store: ObjectStore, isBad: (key: string) => boolean): ObjectStore {
  return {
    ...store,
    putIfAbsent: (key, bytes) =>
      isBad(key) ? Promise.reject(new Error('connection lost')) : store.putIfAbsent(key, bytes),
  }
}

test('the archive holds exactly the readings and summaries of the log, each under its date and gateway', async () => {
  await using log = openLog()
  const store = await openStore()
  await fill(log, 60)
  const archiver = await openOn(log, store)
  await archiver.rollNow()
  await fill(log, 30, 61)
  await archiver.rollNow()
  await archiver.rollNow()
  expect(sorted(await rowsOf(store))).toEqual(sorted(await expectedOf(log)))
  expect(archiver.position).toBe(await log.end('samples', 0))
  expect(await store.list(`_log/${log.incarnation}/samples/0/`)).toHaveLength(2)
})

test('a range that was given up between its intent and its objects is done again to the byte', async () => {
  await using log = openLog()
  await fill(log, 40)
  const whole = await openStore('whole')
  await (await openOn(log, whole)).rollNow()

  const store = await openStore()
  let puts = 0
  const halfway = failing(store, key => key.endsWith('.parquet') && ++puts > 2)
  await expect((await openOn(log, halfway)).rollNow()).rejects.toThrow(/connection lost/)
  expect(await objectsOf(store)).toHaveLength(2)
  await fill(log, 10, 41)

  const archiver = await openOn(log, store)
  expect(await objectsOf(store)).toEqual(await objectsOf(whole))
  for (const key of await objectsOf(whole)) expect(await store.get(key)).toEqual(await whole.get(key))
  await archiver.rollNow()
  expect(sorted(await rowsOf(store))).toEqual(sorted(await expectedOf(log)))
})

test('after a failure the same archiver goes on where it stood', async () => {
  await using log = openLog()
  await fill(log, 20)
  const store = await openStore()
  let broken = true
  const archiver = await openOn(
    log,
    failing(store, key => broken && key.endsWith('.parquet')),
  )
  await expect(archiver.rollNow()).rejects.toThrow(/connection lost/)
  await fill(log, 5, 21)
  await expect(archiver.advance()).rejects.toThrow(/connection lost/)
  broken = false
  await archiver.rollNow()
  expect(sorted(await rowsOf(store))).toEqual(sorted(await expectedOf(log)))
})

test('a range ends when it has its rows, at the end of a record', async () => {
  await using log = openLog()
  await fill(log, 20)
  const store = await openStore()
  const archiver = await openOn(log, store, { roll: { rows: 25, everyMs: 300_000 } })
  await archiver.advance()
  // 7 rows a batch in records of 3 and 4: every range is full behind 8 records with 28 rows.
  expect(archiver.position).toBe(40)
  expect(await store.list('_log/')).toHaveLength(5)
  await archiver.rollNow()
  expect(sorted(await rowsOf(store))).toEqual(sorted(await expectedOf(log)))
})

test('a range ends when its time has come, counted from its first record', async () => {
  await using log = openLog()
  const store = await openStore()
  const archiver = await openOn(log, store)
  await clock.advance(400_000)
  await archiver.advance()
  await fill(log, 1)
  await archiver.advance()
  await clock.advance(299_000)
  await archiver.advance()
  expect(archiver.position).toBe(0)
  await clock.advance(1000)
  await archiver.advance()
  expect(archiver.position).toBe(2)
})

test('two archivers on one log and archive write every reading once', async () => {
  await using log = openLog()
  const store = await openStore()
  const [a, b] = [await openOn(log, store), await openOn(log, store)]
  await fill(log, 10)
  await a.advance()
  await fill(log, 10, 11)
  await b.advance()
  await a.rollNow()
  await Promise.all([a.rollNow(), b.rollNow()])
  await fill(log, 3, 21)
  await Promise.all([a.rollNow(), b.rollNow()])
  expect(sorted(await rowsOf(store))).toEqual(sorted(await expectedOf(log)))
})

test('an archive that knows more than the log is refused', async () => {
  await using log = openLog()
  const store = await openStore()
  await fill(log, 5)
  await store.putIfAbsent(`_log/${log.incarnation}/samples/0/0.json`, Buffer.from('{"first":0,"end":11}'))
  await expect(openOn(log, store)).rejects.toMatchObject({ code: 'archive_ahead' })
  // What came since the receiver began does not fill up what a restored log lacks.
  const endAtStart = await log.end('samples', 0)
  await fill(log, 20, 6)
  await expect(openOn(log, store, { endAtStart })).rejects.toMatchObject({ code: 'archive_ahead' })
})

test('an intent that is none is refused by its name', async () => {
  await using log = openLog()
  const store = await openStore()
  await store.putIfAbsent(`_log/${log.incarnation}/samples/0/0.json`, Buffer.from('{"end":'))
  await expect(openOn(log, store)).rejects.toMatchObject({
    code: 'archive',
    message: expect.stringContaining('0.json'),
  })
})

test('records that left the log before they were archived are recorded as lost, and the rest is archived', async () => {
  await using log = openLog()
  const store = await openStore()
  await fill(log, 10)
  expect(await log.trim('samples', 0, { before: 9 })).toBe(8)
  const lost: unknown[] = []
  const events = { stored: () => undefined, sealed: () => undefined, lost: (span: unknown) => void lost.push(span) }
  const archiver = await openOn(log, store, { events })
  await archiver.rollNow()
  expect(lost).toEqual([{ first: 0, end: 8 }])
  expect(await store.list('_lost/')).toEqual([`_lost/${log.incarnation}/samples/0/0-8.json`])
  const kept = await readAll(log, 'samples')
  expect(kept[0]?.offset).toBe(8)
  expect(sorted(await rowsOf(store))).toEqual(sorted(await expectedOf(log)))
})
