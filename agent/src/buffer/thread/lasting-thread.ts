import type { Clock, Timer } from '@lineside/contract'
import type { BufferNotice } from '../api.ts'
import { noDescription } from '../batch/description.ts'
import type { Description } from '../batch/description.ts'
import { BufferError, inWords, isOfTheDisk } from '../error.ts'
import type { Request, Results, WorkerReady, WorkerStart } from './messages.ts'
import { retryDelayMs } from './retry.ts'
import { BufferThread } from './thread.ts'
import type { Totals } from '../store/totals.ts'
import type { Moment } from '../store/transaction.ts'

export interface LastingThreadOptions {
  readonly start: Omit<WorkerStart, 'now' | 'isTimeDoubtful' | 'lastRequestId'>
  readonly clock: Clock
  readonly moment: () => Moment
  readonly heard: (totals: Totals, notices: readonly BufferNotice[]) => void
}

export type Ready = Extract<WorkerReady, { ready: true }>

/** A thread that lived this long has earned a quick restart. */
const steadyMs = 60_000

/** The thread that owns the database, started again after a growing pause whenever it dies or its disk refuses. */
export class LastingThread {
  restarts = 0
  readonly #options: LastingThreadOptions
  readonly #back = new Set<{ resolve(ready: Ready): void; reject(error: BufferError): void }>()
  #ready: Ready | undefined
  #thread: BufferThread | undefined
  #reason = ''
  #tries = 0
  #bornMs = 0
  #timer: Timer | undefined
  /** The try that is under way: it may hold the file's lock. */
  #trying: Promise<void> | undefined
  #description: Description = noDescription
  #lastRequestId = 0
  #closing = false

  private constructor(options: LastingThreadOptions) {
    this.#options = options
  }

  /** Rejects with a BufferError where somebody must decide first; a disk that refuses is tried again, like a death later. */
  static async start(options: LastingThreadOptions): Promise<LastingThread> {
    const lasting = new LastingThread(options)
    try {
      lasting.#adopt(await begin(options, 0))
    } catch (error) {
      if (!isOfTheDisk(error)) throw error
      lasting.#missed(error)
    }
    return lasting
  }

  /** What the database held when it was opened first; undefined before. */
  get ready(): Ready | undefined {
    return this.#ready
  }

  /** Why there is no thread. */
  get trouble(): string {
    return this.#reason
  }

  async call<R extends Request>(request: R): Promise<Results[R['op']]> {
    if (request.op === 'describe') this.#description = request.description
    if (!this.#thread) throw new BufferError(this.#closing ? 'closed' : 'write_failed', this.#reason)
    const result = await this.#thread.call(request)
    if (typeof result === 'object' && 'requestId' in result) this.#lastRequestId = result.requestId
    return result
  }

  /** Resolves once the thread is alive, with what its database holds; rejects when closed. */
  back(): Promise<Ready> {
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
    await this.#trying
    await this.#thread?.close()
  }

  #adopt(thread: BufferThread): void {
    this.#thread = thread
    this.#ready ??= thread.ready
    this.#bornMs = this.#options.clock.monotonic()
    void thread.exited.then(() => this.#died(thread.death))
  }

  #died(reason: string): void {
    this.#thread = undefined
    if (this.#options.clock.monotonic() - this.#bornMs >= steadyMs) this.#tries = 0
    this.#tryLater(reason)
  }

  #missed(error: unknown): void {
    this.#tryLater(`it can't be opened: ${inWords(error)}`)
  }

  #tryLater(reason: string): void {
    this.#reason = reason
    if (this.#closing) return
    this.#tries++
    this.#timer = this.#options.clock.after(retryDelayMs(this.#tries), () => void (this.#trying = this.#again()))
  }

  async #again(): Promise<void> {
    let thread: BufferThread
    try {
      thread = await begin(this.#options, this.#lastRequestId)
    } catch (error) {
      return this.#missed(error)
    }
    if (this.#closing) return thread.close()
    if (this.#ready) this.restarts++
    this.#adopt(thread)
    this.#options.heard(thread.ready.totals, [])
    await thread.call({ op: 'describe', description: this.#description }).catch(() => undefined)
    for (const waiting of this.#back) waiting.resolve(thread.ready)
    this.#back.clear()
  }
}

function begin({ start, clock, moment, heard }: LastingThreadOptions, lastRequestId: number): Promise<BufferThread> {
  const isTimeDoubtful = moment().clock?.certain === false
  return BufferThread.start({ ...start, now: clock.now(), isTimeDoubtful, lastRequestId }, moment, heard)
}
