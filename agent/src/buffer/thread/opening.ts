import type { Correction } from '../../alarms/continued.ts'
import type { TakeUp } from '../api.ts'
import { BufferError } from '../error.ts'
import type { LastingThread } from './lasting-thread.ts'
import type { WorkerReady } from './messages.ts'

interface Opened {
  /** By which points, numbers and totals the database goes on. */
  readonly adopt: (ready: Extract<WorkerReady, { ready: true }>) => void
  /** Has alarms corrected that are not committed yet. */
  readonly correct: (correction: Correction) => void
}

/** What must be done once, as soon as the database is open, and before anything of this run is committed. */
export class Opening {
  readonly #thread: LastingThread
  readonly #opened: Opened
  #isOpen = false
  #due: { readonly keys: readonly string[]; readonly take: TakeUp } | undefined

  constructor(thread: LastingThread, opened: Opened) {
    this.#thread = thread
    this.#opened = opened
    this.#adopt()
  }

  /** Whether the numbers of the database are known. */
  get isOpen(): boolean {
    return this.#isOpen
  }

  /** Wants what earlier runs kept under these keys. */
  wish(keys: readonly string[], take: TakeUp): void {
    this.#due = { keys, take }
  }

  /** Does what is still to be done; rejects with a BufferError where the database isn't open, or can't be read. */
  async finish(): Promise<void> {
    if (!this.#adopt()) throw new BufferError('write_failed', this.#thread.trouble)
    const due = this.#due
    if (!due) return
    const texts = await Promise.all(due.keys.map(key => this.#thread.call({ op: 'readState', key })))
    this.#due = undefined
    const saved = due.keys.map((key, index) => [key, texts[index]] as const)
    due.take(new Map(saved.flatMap(([key, text]) => (text === undefined ? [] : [[key, text]]))), this.#opened.correct)
  }

  #adopt(): boolean {
    const { ready } = this.#thread
    if (ready && !this.#isOpen) this.#opened.adopt(ready)
    this.#isOpen ||= ready !== undefined
    return this.#isOpen
  }
}
