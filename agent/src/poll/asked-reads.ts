import type { AskedOutcome } from './outcome.ts'

/** A read that a person waits for. */
export interface AskedRead<D> {
  readonly device: D
  readonly points: readonly string[]
  /** Monotonic, ms. */
  readonly askedMs: number
  readonly resolve: (outcome: AskedOutcome) => void
}

/** Reads that may wait on one line. */
const maxWaiting = 16

/** Reads that people wait for, oldest first. One more than may wait is refused, with the reason. */
export class AskedReads<D> {
  readonly #waiting: AskedRead<D>[] = []

  /** Always resolves: at the latest when `refuseAll` is called. */
  ask(device: D, points: readonly string[], nowMs: number): Promise<AskedOutcome> {
    return new Promise(resolve => {
      if (this.#waiting.length < maxWaiting) this.#waiting.push({ device, points, askedMs: nowMs, resolve })
      else resolve({ kind: 'refused', text: `${maxWaiting} reads wait for this line already; try again` })
    })
  }

  /** The oldest of a device that is free. */
  next(isFree: (device: D) => boolean): AskedRead<D> | undefined {
    if (this.#waiting.length === 0) return undefined
    const at = this.#waiting.findIndex(read => isFree(read.device))
    return at < 0 ? undefined : this.#waiting.splice(at, 1)[0]
  }

  refuseAll(text: string): void {
    for (const { resolve } of this.#waiting.splice(0)) resolve({ kind: 'refused', text })
  }
}
