import { FakeClock } from '@lineside/contract/testing'
import SQLite from 'better-sqlite3'
import { parquetReadObjects } from 'hyparquet'
import { randomUUID } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { zstdDecompressSync } from 'node:zlib'
import { pino } from 'pino'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { BatchBuffer } from '../../buffer/api.ts'
import { openBuffer } from '../../buffer/buffer.ts'
import { retentionOrder } from '../../buffer/retention/room.ts'
import { controlSocketPath } from '../../control/socket.ts'
import { serveControl } from '../../control/serve.ts'
import { viewBuffer, viewUplink } from '../../hmi/status.ts'
import type { AgentStatus } from '../../control/answers.ts'
import { dispatch } from '../dispatch.ts'
import { commands } from '../table.ts'
import { unaskedView } from '../../control/testing.ts'

const compressors = { ZSTD: (input: Uint8Array) => new Uint8Array(zstdDecompressSync(input)) }

let folder: string
let buffer: BatchBuffer
let clock: FakeClock

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'buffer-command-'))
  writeFileSync(join(folder, 'lineside.yaml'), 'gateway: plant1-gw3\nstorage: { path: buffer, max_size: 16MB }\n')
  clock = new FakeClock()
  const log = pino({ level: 'silent' })
  const storage = { path: join(folder, 'buffer'), gateway: 'plant1-gw3', maxSizeBytes: 16e6, commitEveryMs: 1000 }
  buffer = await openBuffer({ ...storage, clock, log, newId: randomUUID })
})
afterEach(async () => {
  await buffer.close()
  rmSync(folder, { recursive: true, force: true })
})

/** Two batches, of which the agent that commits them still runs. */
async function commitSome(): Promise<void> {
  for (const t of [1_763_700_000_000, 1_763_700_001_000]) {
    const values = { total: 2n ** 60n, state: 'run, "slow"', temp: 0.1 }
    buffer.append('data', { k: 'sample', device: 'press_3', t, values, quality: { vib: 'bad:sensor_failure' } })
    buffer.append('data', { k: 'state', t, scope: 'agent', name: 'plant1-gw3', state: 'started' })
    await buffer.commit()
    await clock.advance(10_000)
  }
}

async function run(...args: string[]): Promise<{ status: number; out: string; err: string }> {
  let out = ''
  let err = ''
  const io = { out: (text: string) => (out += text), err: (text: string) => (err += text), env: {}, cwd: folder }
  const status = await dispatch(['buffer', ...args], commands, io)
  return { status, out, err }
}

test('status says what waits, since when, and how long the room lasts at this rate', async () => {
  await commitSome()
  const { status, out } = await run('status', '--json')
  expect(status).toBe(0)
  const figures = JSON.parse(out)
  expect(figures).toMatchObject({ gateway: 'plant1-gw3', waiting: { batches: 2, readings: 8 }, maxBytes: 16e6 })
  expect(figures.oldest).toBe(new Date(figures.streams[0].oldestMs).toISOString())
  expect(figures.lastsSeconds).toBeCloseTo((16e6 - figures.usedBytes) / figures.bytesPerSecond, -1)
  expect((await run()).out).toMatch(/8 readings wait in 2 batches[^]*the room that is left lasts \d+/)
})

test('status counts what min_free keeps of the disk, and says in which order things go', async () => {
  await commitSome()
  const config = 'gateway: plant1-gw3\nstorage: { path: buffer, max_size: 32MB, min_free: 1000TB, max_age: 2d }\n'
  writeFileSync(join(folder, 'lineside.yaml'), config)
  const figures = JSON.parse((await run('status', '--json')).out)
  expect(figures).toMatchObject({ minFreeBytes: 1e15, maxAgeSeconds: 172_800, order: retentionOrder })
  // What a buffer may take in any case.
  expect(figures.roomBytes).toBeGreaterThanOrEqual(1e6)
  expect(figures.roomBytes).toBeLessThanOrEqual(16e6)
  expect(figures.lastsSeconds).toBeCloseTo((figures.roomBytes - figures.usedBytes) / figures.bytesPerSecond, -1)
  const { out } = await run('status')
  expect(out).toMatch(/min_free is 1000TB: the buffer may take [\d.]+MB\n/)
  expect(out).toContain('where room is short, in this order: fast values are thinned to a summary a minute; the oldest')
  expect(out).toContain('what has waited for 2 d goes in any case\n')
})

test('status says that the buffer fails where the running agent does, and no longer how long it lasts', async () => {
  await commitSome()
  const stats = { ...buffer.stats(), state: 'failing', reason: 'database or disk is full' } as const
  const status = (): AgentStatus => ({
    gateway: 'plant1-gw3',
    version: '1',
    startedAt: 0,
    upMs: 0,
    links: [],
    devices: [],
    buffer: viewBuffer(stats, 0),
    uplink: viewUplink(undefined),
    clock: { state: 'synchronised', correctionMs: 0, jumps: 0 },
    process: { cpuMs: 0, rssBytes: 0 },
  })
  await using parts = new AsyncDisposableStack()
  parts.use(await serveControl(controlSocketPath(join(folder, 'buffer')), { ...unaskedView, status }))
  const { out } = await run('status')
  expect(out).toContain('readings wait in its memory: database or disk is full\n')
  expect(out).not.toContain('lasts')
  const figures = JSON.parse((await run('status', '--json')).out)
  expect(figures).toMatchObject({ agent: { failing: 'database or disk is full' }, lastsSeconds: null })
  rmSync(join(folder, 'buffer', 'buffer.db'))
  const { status: exit, err } = await run('status')
  expect(exit).toBe(1)
  expect(err).toMatch(/there is no buffer .*the running agent keeps readings in memory: database or disk is full/)
})

test('readings are exported as CSV, every digit of them, while the agent writes', async () => {
  await commitSome()
  const { status, out, err } = await run('export', '--format', 'csv')
  expect(status).toBe(0)
  const [header, ...rows] = out.trimEnd().split('\n')
  expect(header).toBe('gateway,device,point,time,value,quality,stream,seq,idx')
  expect(rows).toHaveLength(8)
  expect(rows[0]).toMatch(
    /^plant1-gw3,press_3,total,2025-11-21T04:40:00.000Z,1152921504606846976,good,[0-9a-f-]{36},1,0$/,
  )
  expect(rows[1]).toContain(',"run, ""slow""",good,')
  expect(rows[3]).toContain(',vib,2025-11-21T04:40:00.000Z,,bad:sensor_failure,')
  expect(err).toContain('2 entries were left out: they are no samples')
})

test('every entry is exported as a line of JSON, to a file that is not there yet', async () => {
  await commitSome()
  expect(await run('export', '--output', 'out.ndjson')).toMatchObject({ status: 0, out: '' })
  const lines = readFileSync(join(folder, 'out.ndjson'), 'utf8').trimEnd().split('\n')
  expect(lines).toHaveLength(4)
  expect(lines[0]).toContain('"total":1152921504606846976')
  expect(JSON.parse(lines[1] ?? '')).toMatchObject({ gateway: 'plant1-gw3', seq: 1, idx: 1, k: 'state' })
  expect(await run('export', '--output', 'out.ndjson')).toMatchObject({
    status: 1,
    err: 'lineside buffer: out.ndjson is there already, and is not written over; name another file, or remove it\n',
  })
  expect((await run('export', '--output', 'no/out.csv')).err).toContain('no/out.csv can not be made: its folder is not')
  expect(await run('export', '--device', 'pres_3')).toMatchObject({
    status: 1,
    out: '',
    err: expect.stringContaining('did you mean press_3?'),
  })
  expect((await run('export', '--format', 'xml')).status).toBe(2)
})

test('readings are exported as Parquet with the columns of the archive', async () => {
  await commitSome()
  expect(await run('export', '--format', 'parquet')).toMatchObject({ status: 2 })
  expect((await run('export', '--output', 'out.parquet')).err).toContain('8 rows exported')
  const file = readFileSync(join(folder, 'out.parquet'))
  const rows = await parquetReadObjects({ file: new Uint8Array(file).buffer, compressors })
  expect(rows).toHaveLength(8)
  const place = { gateway: 'plant1-gw3', device: 'press_3', t: new Date(1_763_700_000_000), seq: 1n, idx: 0 }
  expect(rows[0]).toMatchObject({ ...place, point: 'total', value_int: 2n ** 60n, quality: null })
  expect(rows[3]).toMatchObject({ ...place, point: 'vib', value_double: null, quality: 'bad:sensor_failure' })
  expect(await run('export', '--output', 'out.parquet')).toMatchObject({ status: 1 })
})

test('verify finds a batch that was changed, one that is gone and one under another number', async () => {
  await commitSome()
  await commitSome()
  expect(await run('verify')).toMatchObject({ status: 0, out: 'sound: 4 batches with 16 readings in 1 stream\n' })
  const db = new SQLite(join(folder, 'buffer', 'buffer.db'))
  db.exec(`UPDATE batches SET member = zeroblob(40) WHERE key % 256 = 1;
    DELETE FROM batches WHERE key % 256 = 2;
    UPDATE batches SET key = key + 5 WHERE key % 256 = 3;`)
  db.close()
  const { status, out } = await run('verify', '--json')
  expect(status).toBe(1)
  const { problems } = JSON.parse(out)
  expect(problems.map((problem: string) => problem.split('/')[1])).toEqual([
    '1: the checksum differs',
    '2-3: not there',
  ])
})

test('verify finds that the newest commits are gone, and a damaged file beside the database', async () => {
  await commitSome()
  const high = readFileSync(join(folder, 'buffer', 'buffer.high'))
  const db = new SQLite(join(folder, 'buffer', 'buffer.db'))
  const stream = db.prepare('SELECT stream FROM streams WHERE high = 2').pluck().get()
  db.exec('DELETE FROM batches; DELETE FROM streams; DELETE FROM marks WHERE id > 0')
  db.close()
  expect(await run('verify')).toMatchObject({
    status: 1,
    out: expect.stringContaining(`${String(stream)}/1-2: given out, and gone with the newest commits\n`),
  })
  writeFileSync(join(folder, 'buffer', 'buffer.high'), high.fill(7))
  expect((await run('verify')).out).toContain("buffer.high can't be read")
})

test('what is in quarantine is listed with its numbers, and released by the running agent alone', async () => {
  await commitSome()
  expect((await run('quarantine')).out).toBe('nothing is in quarantine\n')
  const db = new SQLite(join(folder, 'buffer', 'buffer.db'))
  db.exec(`INSERT INTO quarantine (stream, seq, last, t, reason, message, readings, member)
    SELECT 's', 1, 1, t, 'rejected', 'schema: no', readings, member FROM batches LIMIT 1`)
  db.close()
  const listed = await run('quarantine', 'list')
  expect(listed.out).toMatch(/NUMBER .*READINGS[^]*\n1 .*rejected.*4 .*s\/1.*schema: no/)
  expect(JSON.parse((await run('quarantine', '--json')).out)).toMatchObject([{ n: 1, reason: 'rejected' }])
  const nobody = await run('quarantine', 'release', 'all')
  expect(nobody).toMatchObject({ status: 1, err: expect.stringContaining('no agent runs on this storage folder') })
  const released: number[][] = []
  const view = {
    ...unaskedView,
    unquarantine: (numbers: readonly number[]) => {
      released.push([...numbers])
      return buffer.unquarantine(numbers)
    },
  }
  await using parts = new AsyncDisposableStack()
  parts.use(await serveControl(controlSocketPath(join(folder, 'buffer')), view))
  expect(await run('quarantine', 'release', 'all')).toMatchObject({
    status: 0,
    out: '1 batches with 4 readings will be sent again, under new names\n',
  })
  expect(released).toEqual([[1]])
  expect(buffer.stats().waiting.batches).toBe(3)
  expect(await run('quarantine', 'release', '9')).toMatchObject({ status: 1, err: expect.stringContaining('9 stays') })
  expect((await run('quarantine', 'release', 'x')).status).toBe(2)
  const again = new SQLite(join(folder, 'buffer', 'buffer.db'))
  again.exec(`INSERT INTO quarantine (stream, seq, last, t, reason, message, readings, member)
    SELECT 's', 1, 1, t, 'corrupt', 'checksum differs', readings, member FROM batches LIMIT 1`)
  again.close()
  const kept = await run('quarantine', 'release', 'all')
  expect(kept).toMatchObject({ status: 1, err: expect.stringMatching(/2 stays: .*twice\n.*export --quarantine/) })
  expect((await run('export', '--quarantine', '--format', 'csv')).out.match(/press_3,total/g)).toHaveLength(1)
})

test('another gateway name is refused while batches wait, with the way out', async () => {
  await commitSome()
  await buffer.close()
  writeFileSync(join(folder, 'lineside.yaml'), 'gateway: plant1-gw9\nstorage: { path: buffer, max_size: 16MB }\n')
  let err = ''
  const io = { out: () => {}, err: (text: string) => (err += text), env: {}, cwd: folder }
  expect(await dispatch(['run'], commands, io)).toBe(1)
  expect(err).toMatch(/buffer .*buffer holds 2 unsent batches of gateway plant1-gw3, this one is plant1-gw9; /)
  expect(err).toMatch(/start once as gateway plant1-gw3 until they are sent, or move .*buffer aside/)
})

test('without a buffer there is a sentence and status 1, with a wrong word status 2', async () => {
  writeFileSync(join(folder, 'lineside.yaml'), 'gateway: g\nstorage: { path: elsewhere }\n')
  const none = await run('verify')
  expect(none).toMatchObject({ status: 1, out: '' })
  expect(none.err).toContain('there is no buffer in')
  expect((await run('burn')).status).toBe(2)
})
