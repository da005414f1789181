import type { Evicted } from '../retention/make-room.ts'
import type { News } from './news.ts'

/** Between two lines of the log; nothing let go for so long: it is over. */
const everyMs = 3_600_000

/** At the limit each commit lets some readings go: tells when that begins, once an hour what it came to, and its end. */
export class EvictionWatch {
  #readings = 0
  #saidMs = 0
  #heardMs = 0

  /** What a commit let go, also nothing, at a monotonic time in ms. Gaps that give way to a gap are no news. */
  hear({ readings, why }: Evicted, nowMs: number): News | undefined {
    if (readings === 0) return this.#readings > 0 && nowMs - this.#heardMs >= everyMs ? this.#end() : undefined
    const isLogged = this.#readings === 0 || nowMs - this.#saidMs >= everyMs
    this.#readings += readings
    this.#heardMs = nowMs
    if (isLogged) this.#saidMs = nowMs
    return { notice: { kind: 'evicted', readings: this.#readings, why }, isLogged }
  }

  #end(): News {
    const notice = { kind: 'evicted_no_more', readings: this.#readings } as const
    this.#readings = 0
    return { notice, isLogged: true }
  }
}
