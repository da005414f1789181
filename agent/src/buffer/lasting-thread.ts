import type { Clock, Timer } from '@lineside/contract'
import type { BufferNotice } from './api.ts'
import { noDescription } from './description.ts'
import type { Description } from './description.ts'
import { BufferError } from './error.ts'
import type { Request, Results, Totals, WorkerReady, WorkerStart } from './messages.ts'
import { retryDelayMs } from './retry.ts'
import { BufferThread } from './thread.ts'
import type { Moment } from './transaction.ts'

export interface LastingThreadOptions {
  readonly start: Omit<WorkerStart, 'now' | 'isTimeDoubtful' | 'lastRequestId'>
  readonly clock: Clock
  readonly moment: () => Moment
  readonly heard: (totals: Totals, notices: readonly BufferNotice[]) => void
}

type Ready = Extract<WorkerReady, { ready: true }>

/** A thread that lived this long has earned a quick restart. */
const steadyMs = 60_000

/** The thread that owns the database, started again after a growing pause whenever it dies. */
export class LastingThread {
  readonly ready: Ready
  restarts = 0
  readonly #options: LastingThreadOptions
  readonly #back = new Set<{ resolve(lastCommit: number): void; reject(error: BufferError): void }>()
  #thread: BufferThread | undefined
  #reason = ''
  #tries = 0
  #bornMs: number
  #timer: Timer | undefined
  #description: Description = noDescription
  #lastRequestId = 0
  #closing = false

  private constructor(options: LastingThreadOptions, thread: BufferThread) {
    this.#options = options
    this.#bornMs = options.clock.monotonic()
    this.ready = thread.ready
    this.#adopt(thread)
  }

  /** Rejects with a BufferError where the database can't be opened; only later deaths are made good. */
  static async start(options: LastingThreadOptions): Promise<LastingThread> {
    return new LastingThread(options, await begin(options, 0))
  }

  async call<R extends Request>(request: R): Promise<Results[R['op']]> {
    if (request.op === 'describe') this.#description = request.description
    if (!this.#thread) throw new BufferError(this.#closing ? 'closed' : 'write_failed', this.#reason)
    const result = await this.#thread.call(request)
    if (typeof result === 'object' && 'requestId' in result) this.#lastRequestId = result.requestId
    return result
  }

  /** Resolves once the thread is alive, with the number of the last commit on the disk; rejects when closed. */
  back(): Promise<number> {
    if (this.#closing) return Promise.reject(new BufferError('closed', 'buffer is closed'))
    return new Promise((resolve, reject) => this.#back.add({ resolve, reject }))
  }

  /** A thread that dies from now on stays dead; who waits for it is told. */
  stopReviving(): void {
    this.#closing = true
    this.#timer?.cancel()
    for (const waiting of this.#back) waiting.reject(new BufferError('closed', 'buffer is closed'))
    this.#back.clear()
  }

  async close(): Promise<void> {
    this.stopReviving()
    await this.#thread?.close()
  }

  #adopt(thread: BufferThread): void {
    this.#thread = thread
    this.#bornMs = this.#options.clock.monotonic()
    void thread.exited.then(() => this.#died(thread.death))
  }

  #died(reason: string): void {
    this.#thread = undefined
    this.#reason = reason
    if (this.#closing) return
    const { clock } = this.#options
    this.#tries = clock.monotonic() - this.#bornMs >= steadyMs ? 1 : this.#tries + 1
    this.#timer = clock.after(retryDelayMs(this.#tries), () => void this.#again())
  }

  async #again(): Promise<void> {
    let thread: BufferThread
    try {
      thread = await begin(this.#options, this.#lastRequestId)
    } catch (error) {
      return this.#died(error instanceof Error ? error.message : String(error))
    }
    if (this.#closing) return thread.close()
    this.restarts++
    this.#adopt(thread)
    this.#options.heard(thread.ready.totals, [])
    await thread.call({ op: 'describe', description: this.#description }).catch(() => undefined)
    for (const waiting of this.#back) waiting.resolve(thread.ready.lastCommit)
    this.#back.clear()
  }
}

function begin({ start, clock, moment, heard }: LastingThreadOptions, lastRequestId: number): Promise<BufferThread> {
  const isTimeDoubtful = moment().clock?.certain === false
  return BufferThread.start({ ...start, now: clock.now(), isTimeDoubtful, lastRequestId }, moment, heard)
}
