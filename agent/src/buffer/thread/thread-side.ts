import type { Receipt } from '@lineside/contract'
import type { BatchBuffer, Released, Settled, Take, TakeOptions } from '../api.ts'
import type { LastingThread } from './lasting-thread.ts'

/** What the thread alone answers. */
export class ThreadSide implements Pick<BatchBuffer, 'next' | 'settle' | 'release' | 'refused' | 'unquarantine'> {
  readonly #thread: LastingThread

  constructor(thread: LastingThread) {
    this.#thread = thread
  }

  next(options: TakeOptions): Promise<Take | undefined> {
    return this.#thread.call({ op: 'next', options })
  }

  settle(requestId: number, receipt: Receipt): Promise<Settled> {
    return this.#thread.call({ op: 'settle', requestId, receipt })
  }

  release(requestId: number): Promise<void> {
    return this.#thread.call({ op: 'release', requestId })
  }

  refused(requestId: number, why: 'undecodable' | 'too_large'): Promise<void> {
    return this.#thread.call({ op: 'refused', requestId, why })
  }

  unquarantine(numbers: readonly number[]): Promise<Released> {
    return this.#thread.call({ op: 'unquarantine', numbers })
  }
}
