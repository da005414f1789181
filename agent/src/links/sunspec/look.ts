import type { Clock } from '@lineside/contract'
import {
  bases,
  ChainWalk,
  isMarker,
  isUnitDead,
  markerRead,
  type ReadPdu,
  type SunspecModel,
} from '@lineside/device-profiles'
import { type BackoffPolicy, backoffDelay } from '../../poll/backoff.ts'
import type { ProbeOutcome } from '../../poll/outcome.ts'
import { describeRead } from '../modbus/describe-read.ts'
import type { ModbusResult } from '../modbus/result.ts'
import { goOn, type Walked } from './walk.ts'

type Ask = (read: ReadPdu) => Promise<ModbusResult>

/** Of looking again where no models were found. */
const lostPolicy: BackoffPolicy = { baseMs: 10_000, maxMs: 300_000 }
/** Of looking again because something is refused. */
const refusedPolicy: BackoffPolicy = { baseMs: 60_000, maxMs: 3_600_000 }
/** A device that gives nothing from one poll to the next is looked at again no sooner than this after the last time. */
const leastGapMs = 1000
/** Reads that a poll may spend on looking for models; with more to find the next poll goes on. */
const mostReads = 24

/** When the models of one device are looked for, and how far that has come. */
export class ModelLook {
  readonly #known: ReadonlyMap<number, SunspecModel>
  readonly #clock: Clock
  readonly #random: () => number
  /** Undefined: they are known, and nothing speaks against it. */
  #walk: ChainWalk | undefined
  #atMs = 0
  #attempt = 0
  #foundMs = Number.NEGATIVE_INFINITY
  /** The base that is tried first: the one that it was found at, another where there was silence. */
  #first = 0
  /** There was no marker, so that one that is shown is news. */
  #isMarkerNews = true
  #gave = false

  constructor(known: ReadonlyMap<number, SunspecModel>, clock: Clock, random: () => number) {
    this.#known = known
    this.#clock = clock
    this.#random = random
    this.soon()
  }

  get isDue(): boolean {
    return this.#walk !== undefined && this.#clock.monotonic() >= this.#atMs
  }

  /** Looks from the beginning, at the next occasion. */
  soon(): void {
    this.#walk = this.#newWalk()
    this.#atMs = this.#clock.monotonic()
  }

  /** Looks, or goes on with it. A time-out ends it: the line has others to ask. */
  async go(ask: Ask): Promise<Walked> {
    const walk = this.#walk ?? this.#newWalk()
    const wasInChain = walk.isInChain
    const walked = await goOn(walk, mostReads, ask)
    if (walked.kind === 'found') {
      this.#walk = undefined
      this.#foundMs = this.#clock.monotonic()
      this.#first = bases.findIndex(base => base === walked.chain.base)
    } else if (walked.kind === 'lost') {
      this.#isMarkerNews = !walk.isInChain
      this.later()
    } else if (walked.kind === 'broken' && walked.answered) this.later()
    else if (walked.kind === 'broken') {
      if (!wasInChain && !walk.isInChain) this.#tryNextBase()
      this.#walk = this.#newWalk()
    }
    return walked
  }

  /** Not at once again, and ever more seldom while it stays in vain. */
  later(policy: BackoffPolicy = lostPolicy): void {
    this.#walk = this.#newWalk()
    this.#atMs = this.#clock.monotonic() + backoffDelay(policy, this.#attempt++, this.#random)
  }

  /** What a poll by the models that were found has shown. What is refused may lie elsewhere by now. */
  polled(hasRefused: boolean, hasValues: boolean): void {
    const isGone = hasRefused && !hasValues && this.#gave
    this.#gave = hasValues
    if (!hasRefused) this.#attempt = 0
    else if (!this.#walk) this.later(refusedPolicy)
    if (isGone) this.#atMs = Math.max(this.#clock.monotonic(), this.#foundMs + leastGapMs)
  }

  /** While no models are known and none are looked for: one read that shows whether it is there. */
  async askMarker(ask: Ask): Promise<ProbeOutcome> {
    const marker = markerRead(bases[this.#first] ?? 0)
    const result = await ask(marker)
    if (result.ok) {
      if (this.#isMarkerNews && isMarker(result.data)) this.soon()
      return { answered: true }
    }
    const answered = result.kind === 'exception' && !isUnitDead(result.exception)
    if (!answered) this.#tryNextBase()
    return { answered, text: `${describeRead(marker)}: ${result.text}` }
  }

  #newWalk(): ChainWalk {
    return new ChainWalk(this.#known, this.#first)
  }

  #tryNextBase(): void {
    this.#first = (this.#first + 1) % bases.length
  }
}
