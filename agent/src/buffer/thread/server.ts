import { messageOf } from '@lineside/contract'
import type { BufferNotice } from '../api.ts'
import { commit } from '../commit.ts'
import { BufferError } from '../error.ts'
import { damageOf } from '../file/damage.ts'
import { reportSalvage } from '../healing/report-salvage.ts'
import { openStore } from '../open-store.ts'
import { thinAhead } from '../retention/ahead.ts'
import { mergeSome } from '../sending/merge.ts'
import { releaseQuarantined } from '../sending/release.ts'
import { learnClock } from '../sending/restamp-rows.ts'
import { Sender } from '../sending/sender.ts'
import { refuse, settle } from '../sending/settle.ts'
import { take } from '../sending/take.ts'
import type { Store, StoreOptions } from '../store/store.ts'
import { totalsOf } from '../store/totals.ts'
import type { Totals } from '../store/totals.ts'
import type { Moment } from '../store/transaction.ts'
import type { Envelope, Reply, Results, WireError, WorkerStart } from './messages.ts'
import { moveOut } from './move-out.ts'

/** How a database is opened; `damage`: it is healed first. */
export type OpenStore = (options: StoreOptions, damage?: string) => Store

/** The database as its thread serves it: one request at a time, each answered once; damage that comes up is healed. */
export class BufferServer implements Disposable {
  readonly #start: WorkerStart
  readonly #open: OpenStore
  #sender: Sender
  #totals: Totals

  /** Throws a BufferError, or what SQLite throws, where it can't be opened. */
  constructor(start: WorkerStart, open: OpenStore = openStore) {
    this.#start = start
    this.#open = open
    this.#sender = new Sender(open(start), start.lastRequestId)
    this.#totals = totalsOf(this.store)
  }

  get sender(): Sender {
    return this.#sender
  }

  get store(): Store {
    return this.#sender.store
  }

  get totals(): Totals {
    return this.#totals
  }

  answer(envelope: Envelope): Reply {
    const { id, moment, request } = envelope
    const notices: BufferNotice[] = []
    try {
      if (request.op === 'commit' && this.store.isHidden) moveOut(this.store, this.#start, moment)
      if (request.op !== 'describe') notices.push(...this.#news(moment))
      const result = handle(this.#sender, envelope, notices)
      if (this.store.unlikely > 0) notices.push({ kind: 'unlikely_times', batches: this.store.unlikely })
      this.store.unlikely = 0
      if (request.op !== 'close') this.#totals = totalsOf(this.store)
      return { id, ok: true, result, totals: this.#totals, notices }
    } catch (error) {
      this.healIfDamaged(error, moment)
      return { id, ok: false, error: wireError(error, 'write_failed'), totals: this.#totals, notices }
    }
  }

  /** Merges or thins one group of what waits; false where there is nothing to do, or the disk refuses it. */
  tidy(moment: Moment): boolean {
    if (!this.store.db.open) return false
    try {
      return mergeSome(this.#sender, moment) || thinAhead(this.#sender, moment)
    } catch (error) {
      // A disk that is full or refuses is told of by the next commit.
      this.healIfDamaged(error, moment)
      return false
    }
  }

  /** What is known by now of the clock, and what nobody was told yet. */
  #news(moment: Moment): readonly BufferNotice[] {
    learnClock(this.store, moment)
    const news = [...reportSalvage(this.store, moment)]
    if (this.store.isMoved) news.push({ kind: 'moved' })
    this.store.isMoved = false
    return news
  }

  /**
   * The same buffer on a healed database, with nothing in flight, where damage came up. Throws what can't be healed: it ends
   * the thread, which is started again after a while. Where this one is hidden another database lies where its path leads: what
   * can be read of it goes there with the next commit.
   */
  healIfDamaged(error: unknown, { now }: Moment): void {
    const damage = damageOf(error)
    if (damage === undefined || this.store.isHidden) return
    const { store, flights } = this.#sender
    const { description, points } = store
    store[Symbol.dispose]()
    this.#sender = new Sender(this.#open({ ...this.#start, now }, damage), flights.sent)
    this.store.describe(description)
    for (const point of points.values()) {
      this.store.sql.addPoint.run(...point)
      this.store.points.set(point[0], point)
    }
    this.#totals = totalsOf(this.store)
  }

  [Symbol.dispose](): void {
    this.store[Symbol.dispose]()
  }
}

function handle(sender: Sender, { moment, request }: Envelope, notices: BufferNotice[]): Results[keyof Results] {
  switch (request.op) {
    case 'commit':
      return commit(sender.store, moment, request.request, id => sender.flights.holding(id))
    case 'describe':
      sender.store.describe(request.description)
      return undefined
    case 'next': {
      const taken = take(sender, moment, request.options)
      notices.push(...taken.notices)
      return taken.take
    }
    case 'settle': {
      const outcome = settle(sender, moment, request.requestId, request.receipt)
      notices.push(...outcome.notices)
      return outcome.settled
    }
    case 'release':
      sender.release(request.requestId)
      return undefined
    case 'refused':
      notices.push(...refuse(sender, moment, request.requestId, request.why))
      return undefined
    case 'unquarantine':
      return releaseQuarantined(sender.store, moment, request.numbers)
    case 'readState':
      return sender.store.state(request.key)
    case 'close':
      sender.store[Symbol.dispose]()
      return undefined
    default:
      return request satisfies never
  }
}

/** An error as it goes from one thread to another. */
export function wireError(error: unknown, fallback: 'open_failed' | 'write_failed'): WireError {
  if (error instanceof BufferError) return { code: error.code, message: error.message, hint: error.hint }
  const damage = damageOf(error)
  if (damage !== undefined) return { code: 'damaged', message: damage }
  return { code: fallback, message: messageOf(error) }
}
