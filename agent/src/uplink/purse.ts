import type { Clock } from '@lineside/contract'
import { budgetWaitMs, monthOf, parseSpent, type Spent, spend } from './budget.ts'

/** Written when so much more was spent: what a crash forgets is less. */
const writeBytes = 16 * 1024

export interface PurseOptions {
  readonly budgetBytes: number
  readonly timezone: string
  readonly clock: Pick<Clock, 'now'>
  /** Whether the clock is right: only then does a new month begin. */
  readonly isCertain: () => boolean
  readonly save: (text: string) => void
}

export interface PurseStatus {
  readonly budgetBytes: number
  readonly spentBytes: number
  /** Until data may be sent again, ms; 0: now. */
  readonly waitMs: number
}

/** What may still be sent this month. Alarms go in any case, and are counted. */
export class Purse {
  readonly #o: PurseOptions
  #spent: Spent | undefined
  #written = 0
  #isWaiting = false

  constructor(options: PurseOptions) {
    this.#o = options
  }

  /** Counts what earlier runs spent of the month, from what the last of them saved. */
  restore(saved: string | undefined): void {
    const before = parseSpent(saved)
    if (!before) return
    const { clock, timezone, isCertain } = this.#o
    this.#spent = spend(before, this.#spent?.bytes ?? 0, monthOf(clock.now(), timezone), isCertain())
    this.#written = before.bytes
  }

  /** A request took so many bytes of the way to the receiver, whatever came of it. */
  spend(wireBytes: number): void {
    this.#add(wireBytes)
    const { bytes } = this.#now()
    if (Math.abs(bytes - this.#written) < writeBytes) return
    this.#written = bytes
    this.#o.save(JSON.stringify(this.#spent))
  }

  /** How long data must wait, ms; 0: not at all. */
  waitMs(): number {
    const { budgetBytes, clock, timezone } = this.#o
    const waitMs = budgetWaitMs(budgetBytes, this.#now().bytes, monthOf(clock.now(), timezone), this.#isWaiting)
    this.#isWaiting = waitMs > 0
    return waitMs
  }

  status(): PurseStatus {
    return { budgetBytes: this.#o.budgetBytes, spentBytes: this.#now().bytes, waitMs: this.waitMs() }
  }

  /** The end of a run. */
  close(): void {
    if (this.#spent) this.#o.save(JSON.stringify(this.#spent))
  }

  #now(): Spent {
    return this.#add(0)
  }

  #add(bytes: number): Spent {
    const month = monthOf(this.#o.clock.now(), this.#o.timezone)
    this.#spent = spend(this.#spent, bytes, month, this.#o.isCertain())
    return this.#spent
  }
}
