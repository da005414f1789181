import SQLite from 'better-sqlite3'
import { decodeRequest } from '@lineside/contract'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { writeMeta } from './meta.ts'
import { openStore } from '../open-store.ts'
import { applicationId, migrate } from './schema.ts'
import { Sender } from '../sending/sender.ts'
import { take } from '../sending/take.ts'

test('a new file becomes a buffer, and migrating it again changes nothing', () => {
  const db = new SQLite(':memory:')
  migrate(db)
  const before = db.prepare('SELECT name FROM sqlite_master ORDER BY name').pluck().all()
  migrate(db)
  expect(db.prepare('SELECT name FROM sqlite_master ORDER BY name').pluck().all()).toEqual(before)
  expect(db.pragma('application_id', { simple: true })).toBe(applicationId)
  expect(db.pragma('user_version', { simple: true })).toBeGreaterThan(0)
})

test('a database of another program is left alone', () => {
  const db = new SQLite(':memory:')
  db.exec('CREATE TABLE theirs (x)')
  expect(() => migrate(db)).toThrow(expect.objectContaining({ code: 'not_a_buffer' }))
  expect(db.prepare('SELECT name FROM sqlite_master').pluck().all()).toEqual(['theirs'])
})

test('a buffer of a newer agent is left alone, one whose header says so by damage is not', () => {
  const db = new SQLite(':memory:')
  migrate(db)
  db.pragma('user_version = 999')
  expect(() => migrate(db)).toThrow(expect.objectContaining({ code: 'damaged' }))
  writeMeta(db, 'version', '999')
  expect(() => migrate(db)).toThrow(expect.objectContaining({ code: 'too_new', hint: expect.any(String) }))
  db.pragma('user_version = 2')
  writeMeta(db, 'version', '2')
  db.pragma('application_id = 1')
  expect(() => migrate(db)).toThrow(expect.objectContaining({ code: 'damaged' }))
})

test('a file of version 1 goes on: what waits is sent under its names, and no seq is given out twice', () => {
  const path = mkdtempSync(join(tmpdir(), 'schema-'))
  writeFileSync(join(path, 'buffer.db'), gunzipSync(readFileSync(join(import.meta.dirname, 'v1.testdata.db.gz'))))
  {
    using store = openStore({ path, gateway: 'plant1-gw3', maxSizeBytes: 64e6, boot: 'b', now: 1_763_700_100_000 })
    expect(store.run).toBe(2)
    expect([...store.streams.values()].map(({ kind, high, present }) => ({ kind, high, present }))).toEqual([
      { kind: 'alarms', high: 1, present: [[1, 1]] },
      {
        kind: 'data',
        high: 7,
        present: [
          [3, 3],
          [5, 7],
        ],
      },
    ])
    const { take: taken } = take(new Sender(store), { now: 1, ids: [] }, { maxBytes: 4e6 })
    const request = decodeRequest(gunzipSync(taken?.body ?? new Uint8Array()))
    expect(request.ok && request.batches.map(({ seq, entries }) => [seq, entries[0]?.k])).toEqual([
      [1, 'sample'],
      [3, 'sample'],
      [5, 'sample'],
      [6, 'sample'],
      [7, 'gap'],
    ])
    expect(store.state('alarms')).toBe('state 7')
    expect(store.fileTotals().quarantined.batches).toBe(1)
  }
  rmSync(path, { recursive: true })
})

test('a file of version 2 goes on: merged members, what is in quarantine and the state beside are still there', () => {
  const path = mkdtempSync(join(tmpdir(), 'schema-'))
  writeFileSync(join(path, 'buffer.db'), gunzipSync(readFileSync(join(import.meta.dirname, 'v2.testdata.db.gz'))))
  {
    using store = openStore({ path, gateway: 'plant1-gw3', maxSizeBytes: 64e6, boot: 'b', now: 1_763_700_100_000 })
    expect(store.run).toBe(2)
    const { take: taken } = take(new Sender(store), { now: 1, ids: [] }, { maxBytes: 4e6 })
    const request = decodeRequest(gunzipSync(taken?.body ?? new Uint8Array()))
    const batches = request.ok ? request.batches : []
    // 1 was acknowledged, 5 is in quarantine, 81 is its gap.
    const left = Array.from({ length: 80 }, (_, index) => index + 1).filter(seq => seq !== 1 && seq !== 5)
    expect(batches.map(({ seq }) => seq)).toEqual([...left, 81])
    const temps = batches.flatMap(({ entries }) => entries.map(entry => ('values' in entry ? entry.values : {})))
    expect(temps).toEqual([...left.map(temp => ({ temp })), {}])
    expect(store.state('alarms')).toBe('state 9')
    expect(store.fileTotals().quarantined.batches).toBe(1)
  }
  rmSync(path, { recursive: true })
})

const sample = (n: number) => ({ k: 'sample', device: 'press_3', t: expect.any(Number), values: { temp: n, total: n } })

test('a file of version 3 goes on: what a doubtful clock took in a boot that is over is sent as of an unknown time', () => {
  const path = mkdtempSync(join(tmpdir(), 'schema-'))
  writeFileSync(join(path, 'buffer.db'), gunzipSync(readFileSync(join(import.meta.dirname, 'v3.testdata.db.gz'))))
  {
    using store = openStore({ path, gateway: 'plant1-gw3', maxSizeBytes: 64e6, boot: 'b', now: 1_763_700_100_000 })
    expect(store.run).toBe(2)
    expect(store.salvaged).toBeUndefined()
    expect(store.retention.counters.has('press_3', 'total')).toBe(true)
    const moment = { now: 1_763_700_100_000, ids: ['00000000-0000-4000-9000-000000000001'] }
    const { take: taken } = take(new Sender(store), moment, { maxBytes: 4e6 })
    const request = decodeRequest(gunzipSync(taken?.body ?? new Uint8Array()))
    const batches = request.ok ? request.batches : []
    // 1 and 2 were acknowledged, 5 is in quarantine, 81 is its gap; the newest three are of the doubtful clock.
    const left = Array.from({ length: 84 }, (_, index) => index + 1).filter(seq => ![1, 2, 5, 81].includes(seq))
    expect(batches.map(({ seq }) => seq)).toEqual([1, ...left.slice(0, -3), 81, 82, 83, 84])
    expect(batches.flatMap(({ entries }) => entries)).toEqual([
      expect.objectContaining({ k: 'alarm' }),
      ...left.slice(0, -3).map(sample),
      expect.objectContaining({ k: 'gap' }),
      ...[82, 83, 84].map(n => ({ ...sample(n), clock: 'unknown' })),
    ])
    expect(store.state('alarms')).toBe('state 11')
    expect(store.fileTotals().quarantined.batches).toBe(1)
  }
  rmSync(path, { recursive: true })
})
