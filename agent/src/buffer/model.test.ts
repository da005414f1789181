import { admitBatch, decodeRequest, isGap, isKind, isSummary } from '@lineside/contract'
import type { DecodedBatch, Entry, IntervalSet, Receipt, Rejection } from '@lineside/contract'
import { seededRandom } from '@lineside/contract/testing'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { StreamKind } from './api.ts'
import { commit } from './commit.ts'
import { encodeCounts } from './batch/counts.ts'
import { reportSalvage } from './healing/report-salvage.ts'
import { shedGroup } from './retention/shed.ts'
import { thinGroup } from './retention/thin.ts'
import { Sender } from './sending/sender.ts'
import { refuse, settle } from './sending/settle.ts'
import { damageOf } from './file/damage.ts'
import { mergeSome } from './sending/merge.ts'
import { openStore } from './open-store.ts'
import type { Store } from './store/store.ts'
import { keyOf } from './store/streams.ts'
import { take } from './sending/take.ts'
import { ownBatch } from './batch/new-batch.ts'
import { write } from './store/transaction.ts'

interface Letter {
  readonly requestId: number
  readonly run: number
  readonly body: Uint8Array
}

interface Answer {
  readonly requestId: number
  readonly run: number
  readonly receipt: Receipt | 'undecodable'
}

interface Logged {
  readonly stream: string
  readonly seq: number
  readonly idx: number
  readonly entry: Entry
}

const poison = 13

/** A receiver by the contract's rules, a network that loses, doubles and delays, and one agent on a real database. */
class World {
  readonly trace: string[] = []
  readonly #folder: string
  readonly #random: () => number
  store: Store
  sender: Sender
  now = 1_763_700_000_000
  committed = new Map<number, string>()
  /** How often the agent found that the receiver lost something. */
  losses = 0
  #letters: Letter[] = []
  #answers: Answer[] = []
  #sets = new Map<string, IntervalSet>()
  #log: Logged[] = []
  #backup: { sets: Map<string, IntervalSet>; log: Logged[] } | undefined
  #rejectAll = false
  #uuid = 0

  constructor(folder: string, seed: number) {
    this.#folder = folder
    this.#random = seededRandom(seed)
    this.store = this.#open()
    this.sender = new Sender(this.store)
  }

  #open(damage?: string): Store {
    const store = openStore(
      { path: this.#folder, gateway: 'g', maxSizeBytes: 64e6, boot: this.#id(), now: this.now },
      damage,
    )
    // A crash here is one of the process, not of the machine: waiting for the disk would only cost time.
    store.db.pragma('synchronous = OFF')
    store.describe({ lines: [description], clock: 0 })
    return store
  }

  #id(): string {
    return `00000000-0000-4000-8000-${String(++this.#uuid).padStart(12, '0')}`
  }

  #moment() {
    return { now: ++this.now, ids: [this.#id(), this.#id(), this.#id()] }
  }

  below(n: number): number {
    return Math.floor(this.#random() * n)
  }

  #pick<T>(list: T[], remove: boolean): T | undefined {
    const index = this.below(list.length)
    const item = list[index]
    if (remove) list.splice(index, 1)
    return item
  }

  act(name: (typeof actions)[number]): void {
    this.trace.push(name)
    this.#healing(() => this.#do(name))
  }

  /** As the thread does: what is damaged beyond one batch is healed, with nothing in flight. */
  #healing(work: () => void): void {
    try {
      work()
    } catch (error) {
      const damage = damageOf(error)
      if (damage === undefined) throw error
      this.trace.push('heal')
      this.store[Symbol.dispose]()
      this.store = this.#open(damage)
      this.sender = new Sender(this.store, this.sender.flights.sent)
      reportSalvage(this.store, this.#moment())
    }
  }

  #do(name: (typeof actions)[number]): void {
    switch (name) {
      case 'commit':
        return this.#commit(this.below(4) === 0 ? 'alarms' : 'data', false)
      case 'poison':
        return this.#commit('data', true)
      case 'send':
        return this.#send(200 + this.below(2000))
      case 'name all':
        return this.#send(2000, true)
      case 'deliver':
        return this.#deliver(true, false)
      case 'deliver a copy':
        return this.#deliver(false, false)
      case 'deliver torn':
        return this.#deliver(true, true)
      case 'lose request':
        return void this.#pick(this.#letters, true)
      case 'answer':
        return this.#answer()
      case 'lose answer':
        return void this.#pick(this.#answers, true)
      case 'time out': {
        this.sender.flights.end(1 + this.below(this.sender.flights.sent))
        return
      }
      case 'evict':
        return this.#evict()
      case 'thin':
        write(this.store, this.#moment(), draft =>
          thinGroup(this.store, draft, id => this.sender.flights.holding(id), { newest: 0, worth: 9 }),
        )
        return
      case 'let go':
        write(this.store, this.#moment(), draft =>
          shedGroup(this.store, draft, id => this.sender.flights.holding(id), 0),
        )
        return
      case 'merge':
        return void mergeSome(this.sender, this.#moment(), { least: 2, newest: 0 })
      case 'damage':
        return this.#damage()
      case 'drop in memory':
        commit(this.store, this.#moment(), { ...nothing, dropped: [dropped] }, id => this.sender.flights.holding(id))
        return
      case 'crash':
        this.store[Symbol.dispose]()
        this.store = this.#open()
        this.sender = new Sender(this.store)
        return
      case 'bad receiver':
        this.#rejectAll = true
        return
      case 'good receiver':
        this.#rejectAll = false
        return
      case 'back up receiver':
        this.#backup = { sets: new Map(this.#sets), log: [...this.#log] }
        return
      case 'restore receiver':
        if (!this.#backup) return
        this.#sets = new Map(this.#backup.sets)
        this.#log = [...this.#backup.log]
        return
    }
  }

  #commit(kind: StreamKind, bad: boolean): void {
    const t = this.committed.size + 1
    const value = bad ? poison : 1
    const entry = { k: 'sample', device: 'd', t, values: { p: value, c: t } }
    const batch = ownBatch(kind, [entry], { readings: 2, counts: bothOnce })
    commit(this.store, this.#moment(), { ...nothing, points, batches: [batch] }, id => this.sender.flights.holding(id))
    const row = this.store.streams.get(this.store.current[kind] ?? 0)
    this.committed.set(t, `${row?.stream}/${row?.high}`)
  }

  #send(maxBytes: number, nameAll = false): void {
    const { take: taken } = take(this.sender, this.#moment(), { maxBytes: 1024 + maxBytes, nameAll })
    if (taken) this.#letters.push({ requestId: taken.requestId, run: this.store.run, body: taken.body })
  }

  #deliver(remove: boolean, torn: boolean): void {
    const letter = this.#pick(this.#letters, remove)
    if (!letter) return
    const { requestId, run } = letter
    const request = decodeRequest(gunzipSync(letter.body))
    expect(request.ok).toBe(true)
    if (!request.ok) return
    if (torn) return void this.#answers.push({ requestId, run, receipt: 'undecodable' })
    const streams = new Set(request.envelope.streams.map(({ stream }) => stream))
    const rejected = new Map<string, Rejection[]>()
    for (const batch of request.batches) {
      if (!this.#store(batch)) {
        const list = rejected.get(batch.stream) ?? []
        rejected.set(batch.stream, [...list, { seq: batch.seq, code: 'schema', message: 'no' }])
      }
    }
    const receipt = [...streams].map(stream => ({
      stream,
      acked: this.#sets.get(stream) ?? [],
      rejected: rejected.get(stream) ?? [],
    }))
    this.#answers.push({ requestId, run, receipt: { streams: receipt } })
  }

  /** Whether the batch is in the log now. */
  #store(batch: DecodedBatch): boolean {
    const have = (stream: string) => this.#sets.get(stream) ?? []
    const admitted = admitBatch(batch, have)
    if (!admitted) return true
    if (this.#rejectAll || batch.lines.some(line => line.includes(`"p":${poison},`))) return false
    for (const { idx, entry } of admitted.entries) {
      this.#log.push({ stream: batch.stream, seq: batch.seq, idx, entry })
    }
    for (const [stream, set] of admitted.sets) this.#sets.set(stream, set)
    return true
  }

  #answer(): void {
    const answer = this.#pick(this.#answers, true)
    if (!answer || answer.run !== this.store.run) return
    if (answer.receipt === 'undecodable') refuse(this.sender, this.#moment(), answer.requestId, 'undecodable')
    else {
      const { notices } = settle(this.sender, this.#moment(), answer.requestId, answer.receipt)
      this.losses += notices.filter(notice => notice.kind === 'receiver_lost').length
    }
  }

  /** A commit for which the file is a little too small. */
  #evict(): void {
    const { limitBytes } = this.store
    Object.defineProperty(this.store, 'limitBytes', { value: this.store.usedBytes(), configurable: true })
    commit(this.store, this.#moment(), nothing, id => this.sender.flights.holding(id))
    Object.defineProperty(this.store, 'limitBytes', { value: limitBytes })
  }

  #damage(): void {
    const waiting = [...this.store.streams.values()].flatMap(row => row.present.map(([from]) => keyOf(row.id, from)))
    const key = waiting[this.below(waiting.length)]
    if (key !== undefined) this.store.db.prepare('UPDATE batches SET crc = crc + 1 WHERE key = ?').run(key)
  }

  /** After the faults: everything must leave the buffer in a bounded number of turns. */
  drain(): void {
    this.trace.push('faults stop')
    this.#rejectAll = false
    for (let turn = 0; turn < 200; turn++) {
      while (this.#letters.length > 0) this.#deliver(true, false)
      while (this.#answers.length > 0) this.#healing(() => this.#answer())
      // Losses of the receiver are reported at a pace.
      this.now += 7_200_000
      for (let id = 1; id <= this.sender.flights.sent; id++) this.sender.flights.end(id)
      const waits = [...this.store.streams.values()].some(row => row.present.length > 0)
      if (!waits && turn > 3) return
      this.#healing(() => this.#send(4e6, !waits))
    }
    throw new Error('the buffer does not drain')
  }

  /**
   * Every committed reading is once in the log, or its batch is named by one gap or summary, and never both; but for
   * counters, of which a batch that is named may still have been passed on.
   */
  violations(): string[] {
    const found = { p: new Map<number, number>(), c: new Map<number, number>() }
    const named = new Map<string, number>()
    const wrong: string[] = []
    const counted = { p: 0, c: 0, atMost: false }
    for (const { entry } of this.#log) {
      if (entry.k === 'sample') count(entry, found)
      if (!isGap(entry) && !isSummary(entry)) continue
      if (isGap(entry)) {
        counted.p += entry.counts?.['d']?.['p'] ?? 0
        counted.c += entry.counts?.['d']?.['c'] ?? 0
        // Nobody knows what was in a batch that is damaged or gone.
        counted.atMost ||= entry.countsAtMost === true || entry.counts === undefined
      } else counted.p += entry.points['p']?.count ?? 0
      for (const { stream, seqs } of entry.names) {
        for (const [from, to] of seqs) {
          for (let seq = from; seq <= to; seq++) {
            const name = `${stream}/${seq}`
            named.set(name, (named.get(name) ?? 0) + 1)
          }
        }
      }
    }
    const gone = { p: 0, c: 0 }
    for (const [t, name] of this.committed) {
      const p = found.p.get(t) ?? 0
      const c = found.c.get(t) ?? 0
      const by = named.get(name) ?? 0
      gone.p += 1 - p
      gone.c += 1 - c
      if (p + by !== 1 || c > 1 || (by === 0 && c !== 1)) {
        wrong.push(`entry ${t} (${name}): p ${p} times, c ${c} times in the log, named ${by} times`)
      }
    }
    // A gap may take over what an uncounted one of the receiver's losses named.
    if (this.losses === 0 && !counted.atMost && (gone.p !== counted.p || gone.c !== counted.c)) {
      wrong.push(`gone: ${JSON.stringify(gone)}, reported: ${JSON.stringify(counted)}`)
    }
    return wrong
  }

  [Symbol.dispose](): void {
    this.store[Symbol.dispose]()
  }
}

function count(sample: Entry, found: Readonly<Record<'p' | 'c', Map<number, number>>>): void {
  if (!isKind(sample, 'sample')) return
  for (const point of ['p', 'c'] as const) {
    if (point in sample.values) found[point].set(sample.t, (found[point].get(sample.t) ?? 0) + 1)
  }
}

const points = [
  [1, 'd', 'p'],
  [2, 'd', 'c'],
] as const
const bothOnce = encodeCounts(
  new Map([
    [1, 1],
    [2, 1],
  ]),
)
const description = JSON.stringify({
  k: 'device',
  t: 1,
  device: 'd',
  profile: 'v/m',
  version: '1',
  tags: {},
  points: { p: { type: 'float32' }, c: { type: 'uint32', counter: true } },
})
const nothing = { number: 0, batches: [], points: [], state: [], dropped: [] }
const dropped = { kind: 'data' as const, entries: 1, readings: 1, counts: new Uint8Array() }

const usual = ['commit', 'commit', 'commit', 'send', 'send', 'send', 'deliver', 'deliver', 'answer', 'answer'] as const
const faults = [
  'deliver a copy',
  'lose request',
  'lose answer',
  'time out',
  'crash',
  'evict',
  'poison',
  'deliver torn',
  'damage',
  'merge',
  'merge',
  'thin',
  'thin',
  'let go',
  'drop in memory',
  'bad receiver',
  'good receiver',
  'good receiver',
  'name all',
] as const
const receiverFaults = ['back up receiver', 'restore receiver'] as const
const actions = [...usual, ...faults, ...receiverFaults] as const

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'model-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function walk(
  seed: number,
  choices: readonly (typeof actions)[number][],
): { violations: string[]; losses: number; trace: string[] } {
  const path = join(folder, String(seed))
  using world = new World(path, seed)
  const steps = 10 + world.below(50)
  for (let step = 0; step < steps; step++) world.act(choices[world.below(choices.length)] ?? 'commit')
  world.drain()
  return { violations: world.violations(), losses: world.losses, trace: world.trace }
}

const walks = Number(process.env['LINESIDE_WALKS'] ?? 15)

test('whatever is lost, doubled, damaged, evicted or rejected, each entry arrives once or is named by one gap', () => {
  for (let seed = 1; seed <= walks; seed++) {
    const { violations, losses, trace } = walk(seed, [...usual, ...usual, ...faults])
    expect({ violations, losses }, `seed ${seed}: ${trace.join(', ')}`).toEqual({ violations: [], losses: 0 })
  }
})

test('a restored receiver is told what it lost', () => {
  for (let seed = 1; seed <= walks; seed++) {
    const { violations, trace } = walk(seed, [
      ...usual,
      ...usual,
      ...receiverFaults,
      'crash',
      'evict',
      'thin',
      'let go',
      'lose answer',
      'name all',
    ])
    expect(violations, `seed ${seed}: ${trace.join(', ')}`).toEqual([])
  }
})
