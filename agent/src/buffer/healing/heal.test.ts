import { hasSeq } from '@lineside/contract'
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
import { commit } from '../commit.ts'
import { ownBatch } from '../batch/new-batch.ts'
import { openStore } from '../open-store.ts'
import { reportSalvage } from './report-salvage.ts'
import { keyOf } from '../store/streams.ts'

const pageBytes = 4096
let uuid = 0
const newId = () => `00000000-0000-4000-8000-${String(++uuid).padStart(12, '0')}`
let now = 1_763_700_000_000
const moment = () => ({ now: ++now, ids: [newId(), newId(), newId()] })
const options = (path: string) => ({
  path,
  gateway: 'g',
  maxSizeBytes: 2e6,
  boot: '6b2f3c1e-0000-4000-8000-000000000001',
  now: ++now,
})

let folder: string
/** Some batches of one stream, everything in the database. */
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'heal-'))
  using store = openStore(options(join(folder, 'cut')))
  for (let t = 1; t <= 5; t++) {
    const batches = [ownBatch('data', [{ k: 'sample', device: 'd', t, values: { p: t } }], { readings: 1 })]
    commit(store, moment(), { batches, points: [], state: [], dropped: [] }, () => [])
  }
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

test('a damaged file is kept beside with its reason, the newest three of them, until all is well again', () => {
  const path = join(folder, 'kept')
  mkdirSync(path)
  for (let n = 0; n < 5; n++) {
    copyFileSync(join(folder, 'cut', 'buffer.db'), join(path, 'buffer.db'))
    const bytes = readFileSync(join(path, 'buffer.db'))
    writeFileSync(join(path, 'buffer.db'), bytes.fill(0, 0, pageBytes))
    using store = openStore({ ...options(path), maxSizeBytes: 64e6, now: now + n * 1000 })
    expect(store.salvaged).toContain('SQLITE_NOTADB')
  }
  const folders = readdirSync(path).filter(name => name.startsWith('damaged-'))
  expect(folders).toHaveLength(3)
  for (const one of folders) {
    expect(readFileSync(join(path, one, 'reason.txt'), 'utf8')).toContain('file is not a database')
    expect(existsSync(join(path, one, 'buffer.db'))).toBe(true)
  }
  expect(existsSync(join(path, 'healing'))).toBe(false)
})

test('a batch whose bytes have changed is not taken over, and its seq is named', () => {
  const path = join(folder, 'changed')
  mkdirSync(path)
  copyFileSync(join(folder, 'cut', 'buffer.db'), join(path, 'buffer.db'))
  const before = openStore(options(path))
  const [row] = [...before.streams.values()].filter(({ present }) => present.length > 0)
  const seq = row?.present[0]?.[0] ?? 0
  before.db.prepare('UPDATE batches SET member = zeroblob(100) WHERE key = ?').run(keyOf(row?.id ?? 0, seq))
  before[Symbol.dispose]()
  using store = openStore(options(path), 'as found')
  expect(JSON.parse(store.salvaged ?? '')).toMatchObject({ reason: 'as found', damaged: 1 })
  reportSalvage(store, moment())
  expect(hasSeq(store.named().get(row?.id ?? 0) ?? [], seq)).toBe(true)
  expect(hasSeq(store.streams.get(row?.id ?? 0)?.present ?? [], seq)).toBe(false)
  expect(store.run).toBe(3)
})

test('newest commits that are gone with the log are named by a gap, from what was written beside', () => {
  const path = join(folder, 'cut')
  copyFileSync(join(path, 'buffer.db'), join(folder, 'before'))
  let stream: string | undefined
  {
    using store = openStore(options(path))
    for (let t = 1; t <= 3; t++) {
      const batches = [ownBatch('data', [{ k: 'sample', device: 'd', t, values: { p: t } }], { readings: 1 })]
      commit(store, moment(), { batches, points: [], state: [], dropped: [] }, () => [])
    }
    stream = store.streams.get(store.current.data ?? 0)?.stream
  }
  // An older database under the newer file: as after a restored backup, or a log that is gone.
  copyFileSync(join(folder, 'before'), join(path, 'buffer.db'))
  {
    using store = openStore(options(path))
    expect(reportSalvage(store, moment())).toMatchObject([{ kind: 'salvaged', reason: 'its newest commits are gone' }])
    const row = [...store.streams.values()].find(one => one.stream === stream)
    expect(row).toMatchObject({ high: 3, present: [] })
    expect(store.named().get(row?.id ?? 0)).toEqual([[1, 3]])
  }
  // A gateway of another name has nothing to do with it.
  rmSync(join(path, 'buffer.db'))
  using other = openStore({ ...options(path), gateway: 'other' })
  expect(other.salvaged).toBeUndefined()
})

test.each(['buffer.db', 'buffer.high'])('a folder that stands where %s belongs is called that', name => {
  const path = join(folder, 'taken')
  mkdirSync(join(path, name), { recursive: true })
  expect(() => openStore(options(path))).toThrow(
    expect.objectContaining({ hint: expect.stringContaining('folder stands') }),
  )
})
