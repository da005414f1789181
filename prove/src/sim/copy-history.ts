import type { BufferNotice } from '../../../agent/src/buffer/api.ts'

/** One database as it was when its process ended, or at the end of the walk. */
export interface Database {
  readonly machine: string
  /** Its streams, in the order in which they were minted. */
  readonly streams: readonly string[]
  readonly isAlive: boolean
  /** Streams of which it remembers that others were told of beside them: a copy of it does, too. */
  readonly remembers: ReadonlySet<string>
}

/** What is wrong about the alarms for copies of a database (protocol.md, N6 and N8). */
export class CopyHistory {
  readonly #violate: (text: string) => void
  readonly #told = new Set<string>()
  readonly #databases: Database[] = []
  /** Streams that a machine and its clone took up together, and the last seq that they have in common. */
  readonly #shared = new Map<string, number>()
  #wasHealed = false

  constructor(violate: (text: string) => void) {
    this.#violate = violate
  }

  ended(database: Database): void {
    this.#databases.push(database)
  }

  /** A machine was cloned with its memory: what both commit from now on has the same names. */
  share(stream: string, high: number): void {
    this.#shared.set(stream, high)
  }

  isShared(stream: string): boolean {
    return this.#shared.has(stream)
  }

  /** Each of two machines takes what the other sent for its own, and what that did not name for lost. */
  get hasShared(): boolean {
    return this.#shared.size > 0
  }

  /** Whether another machine may have given the same name to something else. */
  isAmbiguous(name: string): boolean {
    const [stream = '', seq] = name.split('/')
    return Number(seq) > (this.#shared.get(stream) ?? Infinity)
  }

  /** `by`: `<machine>#<life> run <run>`. */
  noticed(by: string, notice: BufferNotice, mayRepeat: boolean): void {
    if (notice.kind === 'salvaged') this.#wasHealed = true
    if (notice.kind !== 'copied') return
    const [machine = ''] = by.split('#')
    // A backup that was put back does not know what was told since.
    const who = mayRepeat ? (by.split(' ')[0] ?? '') : machine
    const key = `${who} ${notice.stream} ${notice.beside}`
    if (this.#told.has(key)) this.#violate(`STORM: ${by} tells of ${notice.beside} beside ${notice.stream} again`)
    this.#told.add(key)
    this.#told.add(`${machine} ${notice.stream}`).add(notice.stream)
  }

  /**
   * Where two databases went on from one, and something of both arrived, those that are still there were told. Healed ones
   * begin anew, and a receiver that was put back may have forgotten one that is gone.
   */
  judge(arrived: ReadonlySet<string>, isReceiverRestored: boolean): void {
    if (this.#wasHealed || isReceiverRestored) return
    const followers = new Map<string, Set<string>>()
    for (const { streams } of this.#databases) {
      for (const [index, stream] of streams.entries()) {
        const before = streams[index - 1]
        if (before !== undefined && arrived.has(stream)) {
          followers.set(before, (followers.get(before) ?? new Set()).add(stream))
        }
      }
    }
    for (const { machine, streams, isAlive, remembers } of this.#databases) {
      for (const [index, stream] of isAlive ? streams.entries() : []) {
        const beside = followers.get(streams[index - 1] ?? '') ?? new Set()
        if (beside.size < 2 || !beside.has(stream) || this.#told.has(`${machine} ${stream}`)) continue
        if (remembers.has(stream) && this.#told.has(stream)) continue
        this.#violate(
          `UNNOTICED: ${machine} was not told that others follow what ${stream} follows: ${[...beside].join(' ')}`,
        )
      }
    }
  }
}
