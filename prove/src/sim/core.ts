import { mkdirSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { Receipt } from '@lineside/contract'
import type { BufferNotice, Settled, StreamKind, Take, TakeOptions } from '../../../agent/src/buffer/api.ts'
import type { NewBatch } from '../../../agent/src/buffer/batch/new-batch.ts'
import { BufferError } from '../../../agent/src/buffer/error.ts'
import { openStore } from '../../../agent/src/buffer/open-store.ts'
import { thinGroup } from '../../../agent/src/buffer/retention/thin.ts'
import { mergeSome } from '../../../agent/src/buffer/sending/merge.ts'
import type { BatchRow } from '../../../agent/src/buffer/store/rows.ts'
import type { Store, StoreOptions } from '../../../agent/src/buffer/store/store.ts'
import type { StreamRow } from '../../../agent/src/buffer/store/streams.ts'
import { nameOf } from '../../../agent/src/buffer/store/streams.ts'
import type { Moment } from '../../../agent/src/buffer/store/transaction.ts'
import { write } from '../../../agent/src/buffer/store/transaction.ts'
import type { Request, Results } from '../../../agent/src/buffer/thread/messages.ts'
import { BufferServer, type OpenStore } from '../../../agent/src/buffer/thread/server.ts'

const longAgo = 'long ago'
const nothing = { points: [], state: [], dropped: [] }

/** What was let out of quarantine: the name that it had, and that of the batch which it is sent in. */
export interface LetOut {
  readonly old: string
  readonly as: string
}

/** The agent's buffer thread, called as a function: its real code on a real file. */
export class BufferCore implements Disposable {
  #server: BufferServer
  readonly #start: StoreOptions
  readonly #notice: (notice: BufferNotice) => void
  readonly #open: OpenStore

  /** `isSynced`: it waits for the disk as the product does. */
  constructor(start: StoreOptions, notice: (notice: BufferNotice) => void, isSynced = false) {
    this.#start = start
    this.#notice = notice
    this.#open = isSynced ? openStore : openUnsynced
    this.#server = new BufferServer({ ...start, lastRequestId: 0 }, this.#open)
  }

  get store(): Store {
    return this.#server.store
  }

  /** One request to the thread. Throws a BufferError as the agent gets it; a thread that ended is started again. */
  #ask<Op extends Request['op']>(moment: Moment, request: Extract<Request, { op: Op }>): Results[Op] {
    const lastRequestId = this.#server.sender.flights.sent
    const reply = this.#server.answer({ id: 0, moment, request })
    for (const notice of reply.notices) this.#notice(notice)
    // The server answers each request with the result of its kind.
    if (reply.ok) return reply.result as Results[Op]
    const { code, message, hint } = reply.error
    if (code === 'thread_died') {
      this.#server = new BufferServer({ ...this.#start, now: moment.now, lastRequestId }, this.#open)
    }
    throw new BufferError(code, message, { hint })
  }

  /** Commits batches; gives the name that each has from now on. */
  commit(moment: Moment, batches: readonly NewBatch[]): ReadonlyMap<StreamKind, string> {
    const { store } = this
    const before = new Map([...store.streams.values()].map(({ id, high }) => [id, high]))
    const request = { ...nothing, number: store.lastCommit() + 1, batches }
    this.#ask(moment, { op: 'commit', request })
    // The row that grew, by whatever rule its stream was chosen.
    const grown = [...store.streams.values()].filter(({ id, high }) => high > (before.get(id) ?? 0))
    const rowOf = (kind: StreamKind) => grown.findLast(row => row.kind === kind)
    return new Map(batches.map(({ kind }) => [kind, `${rowOf(kind)?.stream}/${rowOf(kind)?.high}`]))
  }

  next(moment: Moment, options: TakeOptions): Take | undefined {
    return this.#ask(moment, { op: 'next', options })
  }

  settle(moment: Moment, requestId: number, receipt: Receipt): Settled {
    return this.#ask(moment, { op: 'settle', requestId, receipt })
  }

  release(moment: Moment, requestId: number): void {
    this.#ask(moment, { op: 'release', requestId })
  }

  refused(moment: Moment, requestId: number, why: 'undecodable' | 'too_large'): void {
    this.#ask(moment, { op: 'refused', requestId, why })
  }

  /** Somebody lets everything out of quarantine. */
  letOut(moment: Moment): readonly LetOut[] {
    const rows = this.store.db
      .prepare<[], { n: number; stream: string; seq: number; last: number }>(
        `SELECT n, stream, seq, last FROM quarantine WHERE message <> '${longAgo}' ORDER BY n`,
      )
      .all()
    const numbers = rows.map(({ n }) => n)
    const { left, maybeStored } = this.#ask(moment, { op: 'unquarantine', numbers })
    const out = rows.filter(({ n }) => !left.includes(n) && !maybeStored.includes(n))
    const names = out.flatMap(({ stream, seq, last }) =>
      Array.from({ length: last - seq + 1 }, (_, i) => `${stream}/${seq + i}`),
    )
    // Each is a batch of its own, all of one transaction.
    const by = this.store.streams.get(this.store.current.data ?? 0)
    const first = (by?.high ?? 0) - names.length + 1
    return names.map((old, index) => ({ old, as: `${by?.stream}/${first + index}` }))
  }

  /** A commit for which the file is a little too small: the oldest goes. */
  evict(moment: Moment): string {
    const { limitBytes } = this.store
    Object.defineProperty(this.store, 'limitBytes', { value: this.store.usedBytes(), configurable: true })
    try {
      this.commit(moment, [])
      return ''
    } finally {
      Object.defineProperty(this.store, 'limitBytes', { value: limitBytes })
    }
  }

  /** The oldest readings that wait are thinned, sooner than they usually would. Gives how many gave way. */
  thin(moment: Moment): number {
    const { store } = this
    store.retention.thinned.clear()
    const inFlight = (id: number) => this.#server.sender.flights.holding(id)
    const all = { newest: 0, worth: Infinity }
    return this.#tidy(moment, () => write(store, moment, draft => thinGroup(store, draft, inFlight, all))) ?? 0
  }

  /** Small batches that wait share a member from now on, sooner than they usually would. */
  merge(moment: Moment): boolean {
    return this.#tidy(moment, () => mergeSome(this.#server.sender, moment, { least: 2, newest: 1 }))
  }

  /** As the thread does while nobody asks it. */
  #tidy<T>(moment: Moment, work: () => T): T {
    try {
      return work()
    } catch (error) {
      this.#server.healIfDamaged(error, moment)
      throw error
    }
  }

  /** One byte of one member that waits is no longer what it was. Gives the names of the batches in it. */
  rot(choose: (n: number) => number): readonly string[] {
    const found = this.#anyRow(choose)
    if (!found) return []
    const member = Buffer.from(found.member)
    const at = choose(member.length)
    member[at] = (member[at] ?? 0) ^ 0x20
    this.store.db.prepare('UPDATE batches SET member = ? WHERE key = ?').run(member, found.key)
    return this.#namesOf(found)
  }

  /** A row that waits is gone. */
  destroy(choose: (n: number) => number): readonly string[] {
    const found = this.#anyRow(choose)
    if (!found) return []
    this.store.db.prepare('DELETE FROM batches WHERE key = ?').run(found.key)
    return this.#namesOf(found)
  }

  #anyRow(choose: (n: number) => number): BatchRow | undefined {
    const row = this.waiting()[choose(this.waiting().length)]
    if (!row) return undefined
    const [from, to] = row.present[choose(row.present.length)] ?? [0, 0]
    return this.store.rowOf(row.id, from + choose(to - from + 1))
  }

  #namesOf({ key, last }: BatchRow): readonly string[] {
    const { id, seq } = nameOf(key)
    return Array.from({ length: last - seq + 1 }, (_, i) => `${this.store.streams.get(id)?.stream}/${seq + i}`)
  }

  /** Quarantine as it is after years of a bad receiver: so many batches that nobody released. */
  fillQuarantine(count: number): void {
    const insert = this.store.db.prepare(
      `INSERT INTO quarantine (stream, seq, last, t, reason, message, readings, member)
       VALUES ('00000000-0000-4000-b000-000000000000', ?, ?, 0, 'rejected', '${longAgo}', 0, x'')`,
    )
    const all = this.store.db.transaction(() => {
      for (let seq = 1; seq <= count; seq++) insert.run(seq, seq)
    })
    all()
  }

  /** While it is full the file can't grow. */
  set diskIsFull(isFull: boolean) {
    const pages = isFull ? Number(this.store.db.pragma('page_count', { simple: true })) : 1_000_000
    this.store.db.pragma(`max_page_count = ${pages}`)
  }

  /** Every batch that waits, and all that gaps and summaries among them name. */
  answersFor(): readonly { readonly stream: string; readonly seq: number }[] {
    const found: { readonly stream: string; readonly seq: number }[] = []
    const add = (stream: string, from: number, to: number) => {
      for (let seq = from; seq <= to; seq++) found.push({ stream, seq })
    }
    for (const row of this.waiting()) for (const [from, to] of row.present) add(row.stream, from, to)
    // What a salvage missed is named with the next commit, which a backup that is put back before takes away.
    const { salvaged, streams } = this.store
    for (const row of salvaged === undefined ? [] : streams.values()) add(row.stream, 1, row.high)
    for (const { id, first, last } of this.store.sql.allNames.all()) {
      add(this.store.streams.get(id)?.stream ?? '', first, last)
    }
    return found
  }

  /** A copy of the database while the agent runs. */
  copyTo(folder: string): void {
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, basename(this.store.db.name)), this.store.db.serialize())
  }

  waiting(): readonly StreamRow[] {
    return [...this.store.streams.values()].filter(row => row.present.length > 0)
  }

  [Symbol.dispose](): void {
    this.store[Symbol.dispose]()
  }
}

function openUnsynced(options: StoreOptions, damage?: string): Store {
  const store = openStore(options, damage)
  // A crash here is one of the process, not of the machine: waiting for the disk would only cost time.
  store.db.pragma('synchronous = OFF')
  return store
}
