import * as fc from 'fast-check'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { BufferNotice } from '../api.ts'
import { ownBatch } from '../batch/new-batch.ts'
import { commit } from '../commit.ts'
import { readLog } from '../file/log-file.ts'
import { openStore } from '../open-store.ts'
import { BufferReader } from '../reading/reader.ts'
import { damageOfLog } from './damaged-log.ts'
import { reportSalvage } from './report-salvage.ts'

const committed = 14
const headerBytes = 32
const frameBytes = 24 + 4096
let uuid = 0
const newId = () => `00000000-0000-4000-8000-${String(++uuid).padStart(12, '0')}`
let now = 1_763_700_000_000
const moment = () => ({ now: ++now, ids: [newId(), newId(), newId()] })
const options = (path: string) => ({
  path,
  gateway: 'g',
  maxSizeBytes: 64e6,
  boot: '6b2f3c1e-0000-4000-8000-000000000001',
  now: ++now,
})

let folder: string
/** As a power cut leaves it: a young buffer, all but the first page in the log. */
let cut: string
let log: Buffer

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'damaged-log-'))
  cut = join(folder, 'cut')
  mkdirSync(cut)
  using store = openStore(options(join(folder, 'before')))
  for (let t = 1; t <= committed; t++) {
    const noise = Array.from({ length: 300 }, (_, n) => `${t * 7919 + n * n * 104_729}`).join('-')
    const batches = [ownBatch('data', [{ k: 'sample', device: 'd', t, values: { noise } }], { readings: 1 })]
    commit(store, moment(), { batches, points: [], state: [], dropped: [] }, () => [])
  }
  for (const file of ['buffer.db', 'buffer.db-wal', 'buffer.high']) {
    copyFileSync(join(folder, 'before', file), join(cut, file))
  }
  log = readFileSync(join(cut, 'buffer.db-wal'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** What is told at the next start, and how many of the batches are there then. */
function start(path = cut): { notice: BufferNotice | undefined; there: number } {
  using store = openStore(options(path))
  const [notice] = reportSalvage(store, moment())
  const batches = store.db.prepare('SELECT count(*) FROM batches WHERE readings > 0').pluck().get()
  return { notice, there: Number(batches) }
}

function isCopied(notice: BufferNotice | undefined): boolean {
  const place = notice?.kind === 'salvaged' ? notice.folder : undefined
  return place !== undefined && existsSync(join(cut, place, 'buffer.db-wal.found'))
}

test('a log of which all is whole is left to SQLite', () => {
  expect(readLog(log)).toMatchObject({ isTorn: false, taken: (log.length - headerBytes) / frameBytes })
  expect(damageOfLog(options(cut))).toBeUndefined()
  expect(start()).toEqual({ notice: undefined, there: committed })
  expect(readdirSync(cut).filter(name => name.startsWith('damaged-'))).toEqual([])
})

test.each(['is empty', 'is gone'])('where the database %s everything comes out of its log', what => {
  if (what === 'is gone') rmSync(join(cut, 'buffer.db'))
  else writeFileSync(join(cut, 'buffer.db'), '')
  // Who looks at it first leaves the log alone.
  expect(() => new BufferReader(cut)).toThrow(/is empty|no buffer/)
  const { notice, there } = start()
  expect(there).toBe(committed)
  expect(notice).toMatchObject({ reason: `buffer.db ${what}`, kept: committed, damaged: 0, missing: 0 })
  expect(isCopied(notice)).toBe(true)
})

test('behind a frame that is not whole the others are read, and what is missing is told in numbers', () => {
  // The third frame, in the midst of its page.
  log.fill(255, headerBytes + 2 * frameBytes + 2000, headerBytes + 2 * frameBytes + 2008)
  writeFileSync(join(cut, 'buffer.db-wal'), log)
  const { notice, there } = start()
  expect(there).toBeGreaterThanOrEqual(committed - 1)
  expect(notice).toMatchObject({ reason: 'its write-ahead log is damaged', kept: there, missing: committed - there })
  expect(isCopied(notice)).toBe(true)
})

test('of a log that was cut what is there is kept, and the numbers are those of the rest', () => {
  writeFileSync(join(cut, 'buffer.db-wal'), log.subarray(0, Math.floor(log.length / 2)))
  const { notice, there } = start()
  expect(there).toBeGreaterThan(0)
  expect(notice).toMatchObject({ kind: 'salvaged', kept: there, missing: committed - there })
  expect(isCopied(notice)).toBe(true)
})

test('a log without its header is read by its frames', () => {
  writeFileSync(join(cut, 'buffer.db-wal'), log.fill(0, 0, headerBytes))
  expect(start()).toMatchObject({ there: committed, notice: { missing: 0 } })
})

test('a transaction that a power cut ended is no damage', () => {
  writeFileSync(join(cut, 'buffer.db-wal'), Buffer.concat([log, log.subarray(headerBytes, headerBytes + 3000)]))
  expect(readLog(readFileSync(join(cut, 'buffer.db-wal'))).isTorn).toBe(true)
  expect(start()).toEqual({ notice: undefined, there: committed })
})

test('wherever bits of the log have changed, each batch is there or counted as missing', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(log.length * 8 - 1), { minLength: 1, maxLength: 5 }), bits => {
      const path = mkdtempSync(join(folder, 'bits-'))
      for (const file of ['buffer.db', 'buffer.high']) copyFileSync(join(cut, file), join(path, file))
      const bytes = Buffer.from(log)
      for (const bit of bits) bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      writeFileSync(join(path, 'buffer.db-wal'), bytes)
      const { notice, there } = start(path)
      const missing = notice?.kind === 'salvaged' ? notice.missing : 0
      expect(there + missing).toBe(committed)
    }),
    { numRuns: 20 },
  )
})
