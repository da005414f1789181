import type { Clock, Timer } from '@lineside/contract'
import { seededRandom } from '@lineside/contract/testing'

interface Event {
  readonly at: number
  readonly order: number
  readonly run: () => void
}

/** A walk has some thousand, and one a second of each machine's clock. */
const mostEvents = 60_000

/** One time and one source of chance for everything that happens: the same seed gives the same history. */
export class Scheduler implements Clock {
  readonly random: () => number
  readonly trace: string[] = []
  #elapsed = 0
  #order = 0
  #count = 0
  readonly #events = new Set<Event>()

  readonly #folder: string

  /** `folder`: where it is played, which is another one each time. */
  constructor(seed: number, folder: string) {
    this.random = seededRandom(seed)
    this.#folder = folder
  }

  /** More has happened than in any walk that comes to rest. */
  get isExhausted(): boolean {
    return this.#count >= mostEvents
  }

  now(): number {
    return 1_763_700_000_000 + Math.floor(this.#elapsed)
  }

  monotonic(): number {
    return this.#elapsed
  }

  after(delayMs: number, run: () => void): Timer {
    const event = { at: this.#elapsed + Math.max(0, delayMs), order: this.#order++, run }
    this.#events.add(event)
    return { cancel: () => void this.#events.delete(event) }
  }

  /** Whole, from 0 to n − 1. */
  below(n: number): number {
    return Math.floor(this.random() * n)
  }

  chance(probability: number): boolean {
    return this.random() < probability
  }

  pick<T>(list: readonly T[]): T | undefined {
    return list[this.below(list.length)]
  }

  /** Writes one line of history, the same wherever it is played. */
  tell(text: string): void {
    this.trace.push(`${(this.#elapsed / 1000).toFixed(3)} ${text.replaceAll(this.#folder, '…')}`)
  }

  /** Lets everything happen until a time, or until `isDone` says so after an event. */
  async runUntil(end: number, isDone?: () => boolean): Promise<void> {
    await promisesSettled()
    for (let next = this.#next(end); next && !this.isExhausted; next = this.#next(end)) {
      this.#events.delete(next)
      this.#elapsed = next.at
      this.#count++
      next.run()
      // oxlint-disable-next-line no-await-in-loop -- one event after the other
      await promisesSettled()
      if (isDone?.()) return
    }
    this.#elapsed = end
  }

  #next(end: number): Event | undefined {
    let first: Event | undefined
    for (const event of this.#events) {
      if (event.at > end) continue
      if (!first || event.at < first.at || (event.at === first.at && event.order < first.order)) first = event
    }
    return first
  }
}

/** Nothing here waits for anything but promises and events, so one turn lets all of them go on. */
function promisesSettled(): Promise<void> {
  return new Promise(resolve => void setImmediate(resolve))
}
