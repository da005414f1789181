import { messageOf } from '@lineside/contract'
import { setFlagsFromString } from 'node:v8'
import { Worker } from 'node:worker_threads'
import type { BufferNotice } from '../api.ts'
import { BufferError } from '../error.ts'
import type { Envelope, Reply, Request, Results, WireError, WorkerReady, WorkerStart } from './messages.ts'
import type { Totals } from '../store/totals.ts'
import type { Moment } from '../store/transaction.ts'

interface Waiting {
  resolve(reply: Reply): void
  reject(error: BufferError): void
}

/** The thread that owns the database, seen from the one that polls: requests and their answers. */
export class BufferThread {
  readonly ready: Extract<WorkerReady, { ready: true }>
  readonly #worker: Worker
  readonly #moment: () => Moment
  readonly #heard: (totals: Totals, notices: readonly BufferNotice[]) => void
  readonly #waiting = new Map<number, Waiting>()
  /** Resolves when the thread has ended, asked or not. */
  readonly exited: Promise<void>
  #ended: BufferError | undefined
  #lastId = 0
  #closing = false

  private constructor(
    worker: Worker,
    ready: Extract<WorkerReady, { ready: true }>,
    moment: () => Moment,
    heard: (totals: Totals, notices: readonly BufferNotice[]) => void,
  ) {
    this.#worker = worker
    this.ready = ready
    this.#moment = moment
    this.#heard = heard
    worker.on('message', (reply: Reply) => this.#receive(reply))
    worker.on('error', cause => this.#end(died(messageOf(cause))))
    this.exited = new Promise(resolve => {
      worker.on('exit', () => {
        this.#end(this.#closing ? new BufferError('closed', 'buffer is closed') : died('it ended'))
        resolve()
      })
    })
  }

  /** Starts the thread and waits until the database is open; rejects with a BufferError where it can't be. */
  static async start(
    start: WorkerStart,
    moment: () => Moment,
    heard: (totals: Totals, notices: readonly BufferNotice[]) => void,
  ): Promise<BufferThread> {
    const fromSources = import.meta.url.endsWith('.ts')
    // Node strips types with WebAssembly. Threads that optimize its calls into JavaScript at the same time free each
    // other's code, and the process ends by a segmentation fault (seen in V8 13.6, TierUpWasmToJSWrapper).
    if (fromSources) setFlagsFromString('--wasm-wrapper-tiering-budget=1000000000')
    const worker = new Worker(new URL(fromSources ? './worker.ts' : './worker.js', import.meta.url), {
      workerData: start,
      execArgv: fromSources ? ['--conditions=source'] : [],
      name: 'buffer',
    })
    const ready = await new Promise<WorkerReady>((resolve, reject) => {
      const failed = (cause: unknown) =>
        reject(new BufferError('open_failed', `buffer thread did not start: ${messageOf(cause)}`, { cause }))
      worker.once('error', failed)
      worker.once('message', (message: WorkerReady) => {
        worker.off('error', failed)
        resolve(message)
      })
    })
    if (ready.ready) return new BufferThread(worker, ready, moment, heard)
    await worker.terminate()
    throw revived(ready.error)
  }

  async call<R extends Request>(request: R): Promise<Results[R['op']]> {
    if (this.#ended) throw this.#ended
    const id = ++this.#lastId
    const reply = await new Promise<Reply>((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject })
      this.#worker.postMessage({ id, moment: this.#moment(), request } satisfies Envelope, [])
    })
    if (!reply.ok) throw revived(reply.error)
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the thread answers each operation with its own result
    return reply.result as Results[R['op']]
  }

  /** Why it ended. */
  get death(): string {
    return this.#ended?.message ?? 'it lives'
  }

  /** Closes the database and ends the thread. */
  async close(): Promise<void> {
    this.#closing = true
    if (!this.#ended) await this.call({ op: 'close' }).catch(() => undefined)
    await this.exited
  }

  #receive(reply: Reply): void {
    const waiting = this.#waiting.get(reply.id)
    this.#waiting.delete(reply.id)
    if (!reply.ok && reply.error.code === 'thread_died') this.#ended ??= revived(reply.error)
    // Who waits goes on after this: with the totals that belong to the answer.
    waiting?.resolve(reply)
    this.#heard(reply.totals, reply.notices)
  }

  #end(error: BufferError): void {
    this.#ended ??= error
    for (const waiting of this.#waiting.values()) waiting.reject(error)
    this.#waiting.clear()
  }
}

/** Whether the request was done is not known. */
function died(why: string): BufferError {
  return new BufferError('thread_died', `buffer thread died: ${why}`)
}

function revived(error: WireError): BufferError {
  return new BufferError(error.code, error.message, { hint: error.hint })
}
