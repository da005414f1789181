import { isKind, stringifyJson, messageOf } from '@lineside/contract'
import type { Clock, DeviceEntry, Entry, Timer } from '@lineside/contract'
import type { Logger } from 'pino'
import type { BatchBuffer, BufferNotice, BufferOptions, BufferStats, Stamping, StreamKind, TakeUp } from '../api.ts'
import type { Settle } from '../../intake.ts'
import type { CommitResult } from '../commit.ts'
import { Committed } from './committed.ts'
import { BufferError } from '../error.ts'
import type { LastingThread, Ready } from './lasting-thread.ts'
import { lookAtDisk } from './look-at-disk.ts'
import { tellLost } from './tell-lost.ts'
import { NoticeBoard } from '../notices/notice-board.ts'
import { Opening } from './opening.ts'
import { Pending, type PendingBatch, stampsOf } from './pending.ts'
import { PointIds } from '../batch/point-ids.ts'
import type { Totals } from '../store/totals.ts'
import { noTotals, onDisk } from '../store/totals.ts'
import { RetentionWatch } from '../notices/retention-watch.ts'
import { retryDelayMs } from './retry.ts'
import { ThreadSide } from './thread-side.ts'

const MiB = 1024 * 1024
/** Text that is enough for a commit before its time. */
const commitSize = MiB
/** Text of one transaction. */
const transactionSize = 8 * MiB

/** Receipts wait for the next commit; where none comes they are written after this long, or two commit intervals. */
const lateReceiptMs = 15_000

/** The side of the buffer that links, alarms and uplink see; the disk is behind the thread. */
export class ThreadBuffer extends ThreadSide implements BatchBuffer {
  readonly #thread: LastingThread
  readonly #pending: Pending
  readonly #clock: Clock
  readonly #stamping: (() => Stamping) | undefined
  readonly #log: Logger
  readonly #options: BufferOptions
  readonly #board: NoticeBoard
  readonly #committed = new Set<() => void>()
  readonly #counted = new Committed()
  readonly #retention: RetentionWatch
  readonly #opening: Opening
  #commitNumber = 0
  #state = new Map<string, string | null>()
  #totals: Totals = noTotals
  #timer: Timer | undefined
  #receiptTimer: Timer | undefined
  #asked: { all?: Promise<void>; alarms?: Promise<void> } = {}
  #queue: Promise<void> = Promise.resolve()
  #failing: { readonly reason: string; readonly sinceMs: number; readonly tries: number } | undefined
  #lastCommitMs: number | undefined
  #closing: Promise<void> | undefined

  constructor(thread: LastingThread, options: BufferOptions) {
    super(thread)
    this.#thread = thread
    this.#pending = new Pending(new PointIds(), options.maxPendingBytes ?? 32 * MiB, stampsOf(options.stamping))
    this.#clock = options.clock
    this.#stamping = options.stamping
    this.#log = options.log
    this.#board = new NoticeBoard(options.log)
    this.#options = options
    this.#retention = new RetentionWatch(options.path)
    this.#opening = new Opening(thread, {
      adopt: ({ points, lastCommit, totals }) => {
        this.#pending.adopt(points)
        this.#commitNumber = lastCommit
        this.#totals = totals
      },
      correct: correction => this.#pending.correct(correction),
    })
    if (!this.#opening.isOpen) this.#failed(thread.trouble)
  }

  get run(): number {
    return this.#totals.run
  }

  append(kind: StreamKind, entry: Entry, settle?: Settle): void {
    if (this.#closing) return settle?.(new BufferError('closed', 'buffer is closed'))
    if (entry.k === 'gap' || entry.k === 'summary') throw new TypeError(`only the buffer writes a ${entry.k}`)
    this.#pending.add(kind, stringifyJson(entry), isKind(entry, 'sample') ? entry : undefined, settle)
    if (this.#failing) return
    if (kind === 'alarms') void this.#ask('alarms').catch(ignore)
    else if (this.#pending.bytes > commitSize) void this.#ask('all').catch(ignore)
    else this.#timer ??= this.#clock.after(this.#options.commitEveryMs, () => this.#due())
  }

  clockChanged(): void {
    this.#pending.setStamps(stampsOf(this.#stamping))
  }

  describe(devices: readonly DeviceEntry[]): void {
    const description = { lines: devices.map(stringifyJson), clock: stampsOf(this.#stamping).clock }
    void this.#thread.call({ op: 'describe', description }).catch(ignore)
  }

  commit(): Promise<void> {
    return this.#ask('all')
  }

  async takeUp(keys: readonly string[], take: TakeUp): Promise<void> {
    this.#opening.wish(keys, take)
    const turn = this.#queue.then(() => this.#opening.finish())
    this.#queue = turn.catch(ignore)
    // Where the database can't be read the next commit finds that too, and does it.
    await turn.catch((error: unknown) => {
      if (!(error instanceof BufferError)) throw error
    })
  }

  writeState(key: string, text: string | undefined): void {
    if (this.#closing) return
    this.#state.set(key, text ?? null)
    if (!this.#failing) this.#timer ??= this.#clock.after(this.#options.commitEveryMs, () => this.#due())
  }

  stats(): BufferStats {
    return {
      run: this.run,
      state: this.#failing ? 'failing' : 'ok',
      ...(this.#failing ? { reason: this.#failing.reason } : {}),
      ...onDisk(this.#totals),
      pending: { entries: this.#pending.entries, readings: this.#pending.readings, bytes: this.#pending.bytes },
      ...this.#counted.stats(),
      thinned: this.#retention.thinned,
      ...(this.#retention.disk && { disk: this.#retention.disk }),
      dropped: { ...this.#pending.dropped },
      restarts: this.#thread.restarts,
      healed: this.#board.healed,
      ...(this.#lastCommitMs === undefined ? {} : { lastCommitMs: this.#lastCommitMs }),
    }
  }

  onCommitted(listener: () => void): () => void {
    this.#committed.add(listener)
    return () => void this.#committed.delete(listener)
  }

  onNotice(listener: (notice: BufferNotice) => void): () => void {
    return this.#board.on(listener)
  }

  close(): Promise<void> {
    this.#closing ??= this.#end()
    return this.#closing
  }

  [Symbol.asyncDispose] = () => this.close()

  /** What each answer of the thread brings along. */
  heard(totals: Totals, notices: readonly BufferNotice[]): void {
    // A new run finds out anew.
    if (totals.run !== this.run && this.#board.isRejecting) this.#board.tell({ kind: 'accepting' })
    this.#totals = totals
    for (const notice of notices) this.#board.tell(notice)
    if (!this.#opening.isOpen && !this.#closing) void this.#ask('all').catch(ignore)
    if (totals.unwritten === 0) this.#forgetReceipts()
    else if (!this.#failing && !this.#closing) {
      const delayMs = Math.max(lateReceiptMs, 2 * this.#options.commitEveryMs)
      this.#receiptTimer ??= this.#clock.after(delayMs, () => void this.#ask('all').catch(ignore))
    }
    this.#board.tellNews(this.#retention.heard(totals.thinned, this.#clock.monotonic()))
  }

  #forgetReceipts(): void {
    this.#receiptTimer?.cancel()
    this.#receiptTimer = undefined
  }

  async #end(): Promise<void> {
    this.#thread.stopReviving()
    await this.#ask('all').catch(ignore)
    this.#timer?.cancel()
    this.#forgetReceipts()
    await this.#thread.close()
    const error = new BufferError('closed', 'buffer was closed before the entry was committed')
    const lost = this.#pending.take(false, Infinity)
    tellLost(this.#log, lost, this.#pending.points, this.#failing?.reason)
    for (const batch of lost) for (const settle of batch.settles) settle(error)
  }

  #due(): void {
    this.#timer = undefined
    void this.#ask('all').catch(ignore)
  }

  /** One commit at a time; whoever asks while one of the same kind is queued shares it. */
  #ask(what: 'all' | 'alarms'): Promise<void> {
    const asked = this.#asked[what]
    if (asked) return asked
    const turn = this.#queue.then(() => {
      delete this.#asked[what]
      return this.#commitAll(what === 'alarms')
    })
    this.#asked[what] = turn
    this.#queue = turn.catch(ignore)
    return turn
  }

  async #commitAll(alarmsOnly: boolean): Promise<void> {
    if (!alarmsOnly) {
      this.#timer?.cancel()
      this.#timer = undefined
    }
    await this.#open()
    // What arrives meanwhile waits for its own commit: a slow disk would be written to without a pause otherwise.
    let left = this.#pending.bytes
    do {
      const batches = this.#pending.take(alarmsOnly, transactionSize)
      const dropped = this.#pending.takeDropped()
      const isIdle = batches.length === 0 && dropped.length === 0 && this.#state.size === 0
      if (isIdle && (alarmsOnly || this.#totals.unwritten === 0)) return
      // oxlint-disable-next-line no-await-in-loop -- one transaction after the other
      await this.#commitOnce(batches, dropped)
      for (const batch of batches) left -= batch.text.length
    } while (left > 0)
  }

  async #open(): Promise<void> {
    try {
      await this.#opening.finish()
    } catch (cause) {
      this.#failed(messageOf(cause))
      throw cause
    }
  }

  async #commitOnce(batches: readonly PendingBatch[], dropped: ReturnType<Pending['takeDropped']>): Promise<void> {
    const points = this.#pending.points.fresh
    const state = this.#state
    this.#state = new Map()
    const number = ++this.#commitNumber
    const plain = batches.map(({ settles: _settles, ...batch }) => batch)
    let result: CommitResult
    try {
      result = await this.#thread.call({
        op: 'commit',
        request: { number, batches: plain, points, state: [...state], dropped },
      })
      this.#pending.points.confirm(points.length)
    } catch (cause) {
      this.#failed(messageOf(cause))
      const back = await this.#back(cause)
      const isDone = back !== undefined && back.lastCommit >= number
      if (!isDone) {
        this.#state = new Map([...state, ...this.#state])
        this.#pending.putBack(batches)
      }
      if (back) this.#pending.adopt(back.points)
      if (!isDone) throw cause
      result = { bytes: 0, evicted: { batches: 0, readings: 0, why: 'full' } }
    }
    this.#pending.done(batches)
    this.#succeeded(batches, result)
    for (const { entries, readings } of dropped) this.#board.tell({ kind: 'dropped', entries, readings })
  }

  /** The thread may have died between a commit and its answer: what the next one finds on the disk tells. */
  async #back(cause: unknown): Promise<Ready | undefined> {
    if (!(cause instanceof BufferError) || cause.code !== 'thread_died') return undefined
    return this.#thread.back().catch(() => undefined)
  }

  #succeeded(batches: readonly PendingBatch[], result: CommitResult): void {
    this.#lastCommitMs = this.#clock.now()
    this.#counted.add(batches, result)
    this.#board.tellNews(this.#retention.committed(result, this.#clock.monotonic()))
    const failing = this.#failing
    this.#failing = undefined
    if (failing) this.#board.tell({ kind: 'recovered', afterMs: this.#clock.monotonic() - failing.sinceMs })
    for (const { settles } of batches) for (const settle of settles) this.#tell(settle)
    if (batches.length > 0) for (const listener of this.#committed) this.#tell(listener)
  }

  /** One listener that fails must not keep the others from hearing of a good commit. */
  #tell(listener: () => void): void {
    try {
      listener()
    } catch (error) {
      this.#log.error({ err: error }, 'a listener failed after a commit')
    }
  }

  #failed(reason: string): void {
    const before = this.#failing
    const tries = (before?.tries ?? 0) + 1
    this.#failing = { reason, sinceMs: before?.sinceMs ?? this.#clock.monotonic(), tries }
    const isNews = !before || (before.reason !== reason && !this.#opening.isOpen)
    if (isNews) this.#board.tell({ kind: 'failing', reason })
    const disk = lookAtDisk(this.#options, this.#totals.fileBytes)
    if (disk) this.#board.tellNews(this.#retention.looked(disk))
    this.#timer?.cancel()
    this.#timer = this.#closing ? undefined : this.#clock.after(retryDelayMs(tries), () => this.#due())
  }
}

// Whoever waits for a commit hears of its failure by `settle`; the state is in the metrics and in a notice.
function ignore(): void {}
