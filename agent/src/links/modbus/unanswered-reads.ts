import type { Clock } from '@lineside/contract'
import type { ReadRequest } from '@lineside/device-profiles'
import { silenceShare } from '../../poll/line.ts'
import { describeRead } from './describe-read.ts'

/** A request that stays without an answer while others are answered. */
interface Rest {
  /** In a row. */
  readonly misses: number
  /** What they took of the line. */
  readonly lostMs: number
  /** Monotonic. */
  readonly untilMs: number
}

const longestRestMs = 300_000

/** Reads that one device leaves unanswered while it answers others: they rest, so that the line is not lost to them. */
export class UnansweredReads {
  readonly #clock: Clock
  readonly #changed: (request: ReadRequest, rests: boolean) => void
  readonly #resting = new Map<ReadRequest, Rest>()
  /** It was asked first and not answered, so that nobody knows whether the device is there. */
  #suspect: { readonly request: ReadRequest; readonly lostMs: number } | undefined
  #words: string | undefined

  /** `changed`: a read begins to rest, or is answered after it did. */
  constructor(clock: Clock, changed: (request: ReadRequest, rests: boolean) => void) {
    this.#clock = clock
    this.#changed = changed
  }

  /** Other requests are made from now on. */
  clear(): void {
    this.#resting.clear()
    this.#suspect = undefined
    this.#describe()
  }

  rests(request: ReadRequest): boolean {
    return this.#clock.monotonic() < (this.#resting.get(request)?.untilMs ?? 0)
  }

  answered(request: ReadRequest): void {
    if (this.#suspect?.request === request) this.#suspect = undefined
    const rest = this.#resting.get(request)
    if (!rest) return
    this.#resting.delete(request)
    this.#describe()
    if (rest.misses > 1) this.#changed(request, false)
  }

  /** Not answered, which took `lostMs` of the line, before (`isFirst`) or after others were answered. */
  silent(request: ReadRequest, isFirst: boolean, lostMs: number): void {
    if (isFirst) {
      this.#suspect = { request, lostMs }
      return
    }
    const suspect = this.#suspect?.request === request ? { misses: 1, lostMs: this.#suspect.lostMs } : undefined
    this.#suspect = undefined
    const rest = restAfter(suspect ?? this.#resting.get(request), lostMs, this.#clock.monotonic())
    this.#resting.set(request, rest)
    this.#describe()
    if (rest.misses === 2) this.#changed(request, true)
  }

  /** What rests, in words; undefined: nothing. */
  get words(): string | undefined {
    return this.#words
  }

  /** Monotonic time at which the first of it is asked again; undefined where nothing rests. */
  get untilMs(): number | undefined {
    return this.#words === undefined ? undefined : Math.min(...this.#inRest().map(([, { untilMs }]) => untilMs))
  }

  #inRest(): (readonly [ReadRequest, Rest])[] {
    return [...this.#resting].filter(([, { misses }]) => misses > 1)
  }

  #describe(): void {
    const [first, ...more] = this.#inRest().map(([request]) => request)
    const others = more.length === 0 ? '' : ` and ${more.length} other read${more.length === 1 ? '' : 's'}`
    this.#words = first && `no answer to a read of ${describeRead(first)}${others}`
  }
}

/** One may have been lost on the way; from the second on they take no more than the share of the line that silence may. */
function restAfter(before: Pick<Rest, 'misses' | 'lostMs'> | undefined, lostMs: number, nowMs: number): Rest {
  if (!before) return { misses: 1, lostMs, untilMs: nowMs }
  const allMs = before.lostMs + lostMs
  const restMs = Math.min(longestRestMs, allMs * (1 / silenceShare - 1))
  return { misses: before.misses + 1, lostMs: allMs, untilMs: nowMs + restMs }
}
