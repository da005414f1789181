import { admitBatch, decodeRequest, hasSeq, isGap } from '@lineside/contract'
import type { IntervalSet } from '@lineside/contract'
import { seededRandom } from '@lineside/contract/testing'
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
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { BufferNotice } from './api.ts'
import { commit } from './commit.ts'
import { encodeCounts } from './counts.ts'
import { damageOf } from './damage.ts'
import { mergeSome } from './merge.ts'
import { openStore } from './open-store.ts'
import { reportSalvage } from './report-salvage.ts'
import { Sender } from './sender.ts'
import { settle } from './settle.ts'
import type { Store } from './store.ts'
import { keyOf } from './streams.ts'
import { take } from './take.ts'
import { ownBatch } from './new-batch.ts'
import type { NewBatch } from './new-batch.ts'

const pageBytes = 4096
/** As a power cut leaves them. */
const files = ['buffer.db', 'buffer.db-wal', 'buffer.high'] as const
const kinds = ['database', 'log', 'cut database', 'cut log', 'no log', 'zeroed pages', 'page 1'] as const
type Kind = (typeof kinds)[number]
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

/** A receiver by the contract's rules. */
class Log {
  readonly entries: { readonly t: number; readonly value: unknown }[] = []
  readonly named = new Map<string, number>()
  sets = new Map<string, IntervalSet>()

  take(body: Uint8Array): { streams: { stream: string; acked: IntervalSet }[] } {
    const request = decodeRequest(gunzipSync(body))
    if (!request.ok) throw new Error(request.message)
    for (const batch of request.batches) {
      const admitted = admitBatch(batch, stream => this.sets.get(stream) ?? [])
      for (const [stream, set] of admitted?.sets ?? []) this.sets.set(stream, set)
      for (const { entry } of admitted?.entries ?? []) {
        if (entry.k === 'sample' && 'values' in entry) {
          this.entries.push({ t: Number(entry['t']), value: JSON.stringify(entry['values']) })
        }
        if (!isGap(entry)) continue
        for (const { stream, seqs } of entry.names) {
          for (const [from, to] of seqs) {
            for (let seq = from; seq <= to; seq++) {
              this.named.set(`${stream}/${seq}`, (this.named.get(`${stream}/${seq}`) ?? 0) + 1)
            }
          }
        }
      }
    }
    return { streams: request.envelope.streams.map(({ stream }) => ({ stream, acked: this.sets.get(stream) ?? [] })) }
  }

  copy(): Log {
    const copy = new Log()
    copy.entries.push(...this.entries)
    for (const [name, count] of this.named) copy.named.set(name, count)
    copy.sets = new Map(this.sets)
    return copy
  }
}

let folder: string
let template: string
/** Time of each committed entry → its batch and its value. */
const committed = new Map<number, { readonly name: string; readonly value: string }>()
const received = new Log()

/** Noise keeps the pages full: what is damaged is mostly something. */
function sampleBatch(random: () => number, kind: 'alarms' | 'data'): { t: number; value: string; batch: NewBatch } {
  const t = committed.size + 1
  const values = { p: t, noise: Array.from({ length: 40 }, () => random().toString(36).slice(2)).join('') }
  const batch = ownBatch(kind, [{ k: 'sample', device: 'd', t, values }], {
    readings: 2,
    counts: encodeCounts(new Map([[1, 1]])),
  })
  return { t, value: JSON.stringify(values), batch }
}

function commitSome(store: Store, random: () => number, count: number): void {
  for (let n = 0; n < count; n++) {
    const kind = n % 5 === 0 ? 'alarms' : 'data'
    const { t, value, batch } = sampleBatch(random, kind)
    const points = [[1, 'd', 'p'] as const]
    const state = [['alarms', `state ${t}`] as const]
    commit(store, moment(), { number: t, batches: [batch], points, state, dropped: [] }, () => [])
    const row = store.streams.get(store.current[kind] ?? 0)
    committed.set(t, { name: `${row?.stream}/${row?.high}`, value })
  }
}

/** Two runs with both streams, some of it received, some evicted with its gap, the newest only in the log file. */
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'heal-'))
  template = join(folder, 'template')
  const random = seededRandom(7)
  for (const run of [1, 2]) {
    const store = openStore(options(template))
    store.db.pragma('synchronous = OFF')
    commitSome(store, random, 160)
    const sender = new Sender(store)
    for (let n = 0; n < 3; n++) {
      const { take: taken } = take(sender, moment(), { maxBytes: 12_000 })
      if (taken) settle(sender, moment(), taken.requestId, received.take(taken.body))
    }
    while (mergeSome(sender, moment(), { least: 4, newest: 40 }));
    const { limitBytes } = store
    Object.defineProperty(store, 'limitBytes', { value: store.usedBytes() + 64 * 1024, configurable: true })
    commitSome(store, random, 30)
    Object.defineProperty(store, 'limitBytes', { value: limitBytes })
    if (run === 1) {
      store[Symbol.dispose]()
      continue
    }
    store.db.pragma('wal_checkpoint(TRUNCATE)')
    commitSome(store, random, 12)
    // As a power cut leaves them: the log is not yet in the database.
    mkdirSync(join(folder, 'cut'))
    for (const file of files) copyFileSync(join(template, file), join(folder, 'cut', file))
    store[Symbol.dispose]()
  }
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function damage(path: string, kind: Kind, random: () => number): void {
  const file = join(path, kind.endsWith('log') ? 'buffer.db-wal' : 'buffer.db')
  if (kind === 'no log') return rmSync(file)
  const bytes = readFileSync(file)
  const below = (n: number) => Math.floor(random() * n)
  if (kind.startsWith('cut')) return writeFileSync(file, bytes.subarray(0, 1 + below(bytes.length - 1)))
  if (kind === 'zeroed pages') {
    const pages = bytes.length / pageBytes
    for (let n = 0; n <= below(3); n++) {
      const at = below(pages) * pageBytes
      bytes.fill(0, at, at + pageBytes)
    }
  } else {
    const within = kind === 'page 1' ? 600 : bytes.length
    for (let n = 0; n <= below(12); n++) bytes[below(within)] = below(256)
  }
  writeFileSync(file, bytes)
}

interface Outcome {
  readonly violations: readonly string[]
  readonly salvages: number
}

/** Opens, commits and sends until nothing waits, healing as the thread does. */
function live(path: string): Outcome {
  let store = openStore(options(path))
  let sender = new Sender(store)
  const log = received.copy()
  const notices: BufferNotice[] = []
  const healing = <T>(work: () => T): T | undefined => {
    try {
      notices.push(...reportSalvage(store, moment()))
      return work()
    } catch (error) {
      const what = damageOf(error)
      if (what === undefined) throw error
      store[Symbol.dispose]()
      store = openStore(options(path), what)
      sender = new Sender(store, sender.flights.sent)
      return undefined
    }
  }
  const fresh = ownBatch('data', [{ k: 'sample', device: 'd', t: 1_000_000, values: { p: 1 } }])
  const request = { number: 1, batches: [fresh], points: [], state: [], dropped: [] }
  let tries = 0
  while (!healing(() => commit(store, moment(), request, () => []))) if (++tries > 3) throw new Error('never commits')
  for (let turn = 0; ; turn++) {
    if (turn > 200) throw new Error('never empty')
    const sent = healing(() => take(sender, moment(), { maxBytes: 100_000, nameAll: turn === 0 }))
    if (sent && !sent.take) break
    const taken = sent?.take
    if (taken) healing(() => settle(sender, moment(), taken.requestId, log.take(taken.body)))
  }
  store[Symbol.dispose]()
  const times = new Map<number, number>()
  const violations: string[] = []
  for (const { t, value } of log.entries) {
    times.set(t, (times.get(t) ?? 0) + 1)
    if (t !== 1_000_000 && committed.get(t)?.value !== value) violations.push(`entry ${t} was altered`)
  }
  for (const [t, { name }] of committed) {
    const found = (times.get(t) ?? 0) + (log.named.get(name) ?? 0)
    if (found > 1 || found === 0) {
      violations.push(`entry ${t} (${name}): ${times.get(t) ?? 0} times, named by ${log.named.get(name) ?? 0} gaps`)
    }
  }
  if (times.get(1_000_000) !== 1) violations.push('the fresh entry did not arrive once')
  return { violations, salvages: notices.filter(({ kind }) => kind === 'salvaged').length }
}

const damages = Number(process.env['LINESIDE_DAMAGES'] ?? 50)

test('whatever is damaged, the buffer runs again, sends no wrong value, nothing twice, and names what is gone', () => {
  let healed = 0
  for (let seed = 1; seed <= damages; seed++) {
    const kind = kinds[seed % kinds.length] ?? 'database'
    const path = join(folder, `seed-${seed}`)
    mkdirSync(path)
    for (const file of files) copyFileSync(join(folder, 'cut', file), join(path, file))
    damage(path, kind, seededRandom(seed))
    let outcome: Outcome
    try {
      outcome = live(path)
    } catch (error) {
      throw new Error(`seed ${seed}, ${kind}`, { cause: error })
    }
    expect(outcome.violations, `seed ${seed}, ${kind}`).toEqual([])
    healed += outcome.salvages
    rmSync(path, { recursive: true })
  }
  expect(healed).toBeGreaterThan(damages / 6)
})

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

test('a healing that a power cut ended goes on at the next start', () => {
  const path = join(folder, 'resumed')
  mkdirSync(join(path, 'damaged-x'), { recursive: true })
  for (const file of files) copyFileSync(join(folder, 'cut', file), join(path, file))
  writeFileSync(join(path, 'healing'), JSON.stringify({ folder: 'damaged-x', reason: 'as found' }))
  const { violations, salvages } = live(path)
  expect({ violations, salvages }).toEqual({ violations: [], salvages: 1 })
  expect(readdirSync(join(path, 'damaged-x'))).toContain('buffer.db')
})

test('a batch whose bytes have changed is not taken over, and its seq is named', () => {
  const path = join(folder, 'changed')
  mkdirSync(path)
  for (const file of files) copyFileSync(join(folder, 'cut', file), join(path, file))
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
  expect(store.run).toBe(4)
})
