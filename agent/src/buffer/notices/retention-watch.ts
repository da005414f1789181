import type { News } from './news.ts'
import type { BufferNotice, DiskRoom } from '../api.ts'
import type { CommitResult } from '../commit.ts'
import { EvictionWatch } from './eviction-watch.ts'
import { ThinningWatch } from './thinning-watch.ts'

/** A disk near its floor must not come and go: it has enough again with so much more than the floor. */
const enough = 1.1

/** Hears what the thread did for want of room, and says when a person should hear of it. */
export class RetentionWatch {
  disk: DiskRoom | undefined
  readonly #folder: string
  readonly #thinning = new ThinningWatch()
  readonly #evictions = new EvictionWatch()
  #isShort = false

  constructor(folder: string) {
    this.#folder = folder
  }

  /** Readings that summaries stand for, since the start of the agent. */
  get thinned(): number {
    return this.#thinning.readings
  }

  /** `thinned` since the database was opened; at a monotonic time in ms. */
  heard(thinned: number, nowMs: number): readonly News[] {
    return this.#thinning.hear(thinned, nowMs) ? [{ notice: { kind: 'thinning' }, isLogged: true }] : []
  }

  committed({ evicted, disk }: Pick<CommitResult, 'evicted' | 'disk'>, nowMs: number): readonly News[] {
    const short = disk && this.#judge(disk)
    const gone = this.#evictions.hear(evicted, nowMs)
    return [...(short ? [{ notice: short, isLogged: true }] : []), ...(gone ? [gone] : [])]
  }

  /** What the disk leaves while it refuses commits. */
  looked(disk: DiskRoom): readonly News[] {
    const short = this.#judge(disk)
    return short ? [{ notice: short, isLogged: true }] : []
  }

  #judge(disk: DiskRoom): BufferNotice | undefined {
    this.disk = disk
    const { freeBytes, minFreeBytes } = disk
    if (!this.#isShort && freeBytes < minFreeBytes) {
      this.#isShort = true
      return { kind: 'disk_short', folder: this.#folder, ...disk }
    }
    if (!this.#isShort || freeBytes < enough * minFreeBytes) return undefined
    this.#isShort = false
    return { kind: 'disk_enough', folder: this.#folder, freeBytes }
  }
}
