import { mkdirSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { Receipt } from '@lineside/contract'
import type { BufferNotice, Settled, StreamKind, Take, TakeOptions } from '../../../agent/src/buffer/api.ts'
import { commit } from '../../../agent/src/buffer/commit.ts'
import { BufferError } from '../../../agent/src/buffer/error.ts'
import { damageOf } from '../../../agent/src/buffer/file/damage.ts'
import { mergeSome } from '../../../agent/src/buffer/sending/merge.ts'
import { openStore } from '../../../agent/src/buffer/open-store.ts'
import { releaseQuarantined } from '../../../agent/src/buffer/sending/release.ts'
import { reportSalvage } from '../../../agent/src/buffer/healing/report-salvage.ts'
import { thinGroup } from '../../../agent/src/buffer/retention/thin.ts'
import { learnClock } from '../../../agent/src/buffer/sending/restamp-rows.ts'
import { Sender } from '../../../agent/src/buffer/sending/sender.ts'
import { refuse, settle } from '../../../agent/src/buffer/sending/settle.ts'
import type { Store, StoreOptions } from '../../../agent/src/buffer/store/store.ts'
import type { BatchRow } from '../../../agent/src/buffer/store/rows.ts'
import type { StreamRow } from '../../../agent/src/buffer/store/streams.ts'
import { nameOf } from '../../../agent/src/buffer/store/streams.ts'
import { take } from '../../../agent/src/buffer/sending/take.ts'
import { moveOut } from '../../../agent/src/buffer/thread/move-out.ts'
import { write } from '../../../agent/src/buffer/store/transaction.ts'
import type { NewBatch } from '../../../agent/src/buffer/batch/new-batch.ts'
import type { Moment } from '../../../agent/src/buffer/store/transaction.ts'

const longAgo = 'long ago'
const nothing = { points: [], state: [], dropped: [] }

/** What was let out of quarantine: the name that it had, and that of the batch which it is sent in. */
export interface LetOut {
  readonly old: string
  readonly as: string
}

/** What the agent's buffer thread does, called as functions: its real code on a real file. */
export class BufferCore implements Disposable {
  store: Store
  #sender: Sender
  readonly #options: StoreOptions
  readonly #notice: (notice: BufferNotice) => void
  readonly #open: (options: StoreOptions, damage?: string) => Store

  /** `isSynced`: it waits for the disk as the product does. */
  constructor(options: StoreOptions, notice: (notice: BufferNotice) => void, isSynced = false) {
    this.#options = options
    this.#notice = notice
    this.#open = isSynced ? openStore : openUnsynced
    this.#sender = new Sender(this.#open(options))
    this.store = this.#sender.store
  }

  /** One request to the thread: what a salvage found is reported first, and damage that comes up is healed. */
  #do<T>(moment: Moment, work: () => T): T {
    try {
      learnClock(this.store, moment)
      for (const notice of reportSalvage(this.store, moment)) this.#notice(notice)
      return work()
    } catch (error) {
      const damage = this.store.isHidden ? undefined : damageOf(error)
      if (damage !== undefined) {
        this.store[Symbol.dispose]()
        this.#begin(moment, damage)
      }
      throw error
    }
  }

  /** Commits batches; gives the name that each has from now on. */
  commit(moment: Moment, batches: readonly NewBatch[]): ReadonlyMap<StreamKind, string> {
    if (this.store.isHidden) this.#moveOut(moment)
    return this.#do(moment, () => this.#commit(moment, batches))
  }

  /** What waits is taken to where its path leads now, and its successor begins there. */
  #moveOut(moment: Moment): void {
    try {
      moveOut(this.store, this.#options, moment)
    } catch (error) {
      if (error instanceof BufferError && error.code === 'thread_died') this.#begin(moment)
      throw error
    }
  }

  /** On what there is, with nothing in flight. */
  #begin({ now }: Moment, damage?: string): void {
    this.#sender = new Sender(this.#open({ ...this.#options, now }, damage), this.#sender.flights.sent)
    this.store = this.#sender.store
  }

  #commit(moment: Moment, batches: readonly NewBatch[]): ReadonlyMap<StreamKind, string> {
    const before = new Map([...this.store.streams.values()].map(({ id, high }) => [id, high]))
    const request = { ...nothing, number: this.store.lastCommit() + 1, batches }
    commit(this.store, moment, request, id => this.#sender.flights.holding(id))
    // The row that grew, by whatever rule its stream was chosen.
    const grown = [...this.store.streams.values()].filter(({ id, high }) => high > (before.get(id) ?? 0))
    const rowOf = (kind: StreamKind) => grown.findLast(row => row.kind === kind)
    return new Map(batches.map(({ kind }) => [kind, `${rowOf(kind)?.stream}/${rowOf(kind)?.high}`]))
  }

  next(moment: Moment, options: TakeOptions): Take | undefined {
    const taken = this.#do(moment, () => take(this.#sender, moment, options))
    for (const notice of taken.notices) this.#notice(notice)
    return taken.take
  }

  settle(moment: Moment, requestId: number, receipt: Receipt): Settled {
    const { settled, notices } = this.#do(moment, () => settle(this.#sender, moment, requestId, receipt))
    for (const notice of notices) this.#notice(notice)
    return settled
  }

  release(requestId: number): void {
    this.#sender.release(requestId)
  }

  refused(moment: Moment, requestId: number, why: 'undecodable' | 'too_large'): void {
    const notices = this.#do(moment, () => refuse(this.#sender, moment, requestId, why))
    for (const notice of notices) this.#notice(notice)
  }

  /** Somebody lets everything out of quarantine. */
  letOut(moment: Moment): readonly LetOut[] {
    const rows = this.store.db
      .prepare<[], { n: number; stream: string; seq: number; last: number }>(
        `SELECT n, stream, seq, last FROM quarantine WHERE message <> '${longAgo}' ORDER BY n`,
      )
      .all()
    const numbers = rows.map(({ n }) => n)
    const { left, maybeStored } = this.#do(moment, () => releaseQuarantined(this.store, moment, numbers))
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
    const inFlight = (id: number) => this.#sender.flights.holding(id)
    const all = { newest: 0, worth: Infinity }
    return this.#do(moment, () => write(store, moment, draft => thinGroup(store, draft, inFlight, all))) ?? 0
  }

  /** Small batches that wait share a member from now on, sooner than they usually would. */
  merge(moment: Moment): boolean {
    return this.#do(moment, () => mergeSome(this.#sender, moment, { least: 2, newest: 1 }))
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
