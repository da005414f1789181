import { messageOf } from '@lineside/contract'
import type { Clock } from '@lineside/contract'
import type { Logger } from 'pino'
import type { SendingSide, Settled, Take } from '../buffer/api.ts'
import type { Post, Uplink, UplinkOptions, UplinkStatus } from './api.ts'
import { backoffMs } from './backoff.ts'
import { wireBytes } from './budget.ts'
import { backlogRequestBytes, nextBacklogAt } from './pace.ts'
import type { Purse } from './purse.ts'
import { firstRequestBytes, nextRequestBytes, smallerRequestBytes } from './request-size.ts'
import { judgeAnswer } from './verdict.ts'

/** The whole of a request and its answer. */
const requestDeadlineMs = 180_000
/** A flush gives up after so many failed tries, made this soon after each other: a receiver may just be starting. */
const flushTries = 3
const flushRetryMs = 1000
/** While nothing gets through the log says so again after this long. */
const reminderMs = 15 * 60_000
const dayMs = 86_400_000

/** The loop that empties the buffer: one request at a time, as long as there is something to send. */
export function createUplink(options: UplinkOptions): Uplink {
  return new BatchUplink(options)
}

interface Outcome {
  /** Something was acknowledged, or there was nothing to acknowledge. */
  readonly ok: boolean
  readonly reason?: string
  readonly retryAfterMs?: number
  /** The same batches go out again at once, in smaller parts. */
  readonly split?: boolean
}

class BatchUplink implements Uplink {
  readonly #buffer: SendingSide
  readonly #post: Post
  readonly #clock: Clock
  readonly #random: () => number
  readonly #log: Logger
  readonly #onDate: UplinkOptions['onDate']
  readonly #listeners = new Set<(status: UplinkStatus) => void>()
  readonly #counters = { requests: 0, failures: 0, ackedBatches: 0, rejectedBatches: 0, wireBytes: 0 }
  #state: UplinkStatus['state'] = 'stopped'
  #failures = 0
  #failingSince: number | undefined
  #reason: string | undefined
  #nextTryAt: number | undefined
  #lastReceiptMs: number | undefined
  #maxBytes = firstRequestBytes
  /** When an envelope must name every stream. */
  #nameAllAt = 0
  #running: Promise<void> | undefined
  #stopping = false
  #abort: AbortController | undefined
  #wake: (() => void) | undefined
  /** Asked for by `flush`, and reached: everything committed before is acknowledged. */
  #flushes = 0
  #complainedAt = 0
  #flushed = 0
  #pokes = 0
  readonly #backlogRate: number | undefined
  readonly #purse: Purse | undefined
  /** The backlog waits until then, so that it keeps to its rate. */
  #backlogAt = 0

  constructor({ buffer, post, clock, random, log, onDate, backlogRate, purse }: UplinkOptions) {
    this.#purse = purse
    this.#onDate = onDate
    this.#backlogRate = backlogRate
    this.#buffer = buffer
    this.#post = post
    this.#clock = clock
    this.#random = random
    this.#log = log
  }

  start(): void {
    this.#running ??= this.#run()
  }

  status(): UplinkStatus {
    const now = this.#clock.monotonic()
    const nextTryMs = this.#nextTryAt === undefined ? undefined : Math.max(0, this.#nextTryAt - now)
    return {
      state: this.#state,
      ...(this.#reason === undefined ? {} : { reason: this.#reason }),
      ...(this.#failingSince === undefined ? {} : { failingForMs: now - this.#failingSince }),
      ...(nextTryMs === undefined ? {} : { nextTryMs }),
      ...(this.#lastReceiptMs === undefined ? {} : { lastReceiptMs: this.#lastReceiptMs }),
      ...this.#counters,
      ...(this.#purse === undefined ? {} : { budget: this.#purse.status() }),
    }
  }

  onChange(listener: (status: UplinkStatus) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  async flush(deadlineMs: number): Promise<boolean> {
    if (!this.#running || this.#stopping) return false
    const wanted = ++this.#flushes
    const { requests } = this.#counters
    const { promise, resolve } = Promise.withResolvers<void>()
    const timer = this.#clock.after(deadlineMs, resolve)
    const forget = this.onChange(status => {
      // So many tries made for this flush have failed: the receiver is out of reach, and waiting does not help.
      const isInVain = status.state === 'waiting' && status.requests >= requests + flushTries
      if (this.#flushed >= wanted || isInVain || status.state === 'stopped') resolve()
    })
    this.#poke()
    await promise
    timer.cancel()
    forget()
    return this.#flushed >= wanted
  }

  tryNow(): void {
    this.#poke()
  }

  async stop(graceMs = 5000): Promise<void> {
    this.#stopping = true
    this.#poke()
    const timer = this.#clock.after(graceMs, () => this.#abort?.abort())
    await this.#running
    timer.cancel()
    this.#change('stopped')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  async #run(): Promise<void> {
    const forget = this.#buffer.onCommitted(() => {
      this.#pokes++
      if (this.#state === 'idle') this.#wake?.()
    })
    while (!this.#stopping) {
      // oxlint-disable-next-line no-await-in-loop -- one request at a time
      await this.#turn()
    }
    forget()
  }

  async #turn(): Promise<void> {
    const flush = this.#flushes
    const pokes = this.#pokes
    const now = this.#clock.monotonic()
    const nameAll = now >= this.#nameAllAt
    const backlog = now >= this.#backlogAt
    // Data waits for the month's budget, alarms don't.
    const budgetMs = this.#purse?.waitMs() ?? 0
    const maxBytes = backlog ? backlogRequestBytes(this.#maxBytes, this.#backlogRate) : this.#maxBytes
    let take: Take | undefined
    try {
      take = await this.#buffer.next({ maxBytes, nameAll, backlog, alarmsOnly: budgetMs > 0 })
    } catch (error) {
      return this.#pause({ ok: false, reason: `the buffer gives no batches: ${messageOf(error)}` })
    }
    if (!take) {
      if (backlog || budgetMs > 0) this.#flushed = flush
      this.#change('idle')
      const paceMs = backlog ? this.#untilNamesAreDue() : Math.max(0, this.#backlogAt - now)
      const waitMs = budgetMs > 0 ? Math.min(budgetMs, this.#untilNamesAreDue()) : paceMs
      // A commit between the question and its answer has poked already.
      if (this.#pokes === pokes) await this.#wait(waitMs)
      return
    }
    this.#backlogAt = nextBacklogAt(this.#backlogAt, now, take.backlogBytes, this.#backlogRate)
    this.#change('sending')
    const outcome = await this.#send(take, nameAll)
    if (outcome.ok) this.#recovered()
    else if (outcome.split !== true) await this.#pause(outcome)
  }

  async #send(take: Take, nameAll: boolean): Promise<Outcome> {
    const abort = new AbortController()
    this.#abort = abort
    const deadline = this.#clock.after(requestDeadlineMs, () => abort.abort())
    const started = this.#clock.monotonic()
    this.#counters.requests++
    const bytes = take.body.length
    const answer = await this.#post(take.body, abort.signal)
    deadline.cancel()
    const tookBytes = wireBytes(bytes, answer.carriedBytes)
    this.#counters.wireBytes += tookBytes
    this.#purse?.spend(tookBytes)
    if (answer.kind === 'response' && answer.dateMs !== undefined) {
      this.#onDate?.({ dateMs: answer.dateMs, sentMs: started, receivedMs: this.#clock.monotonic() })
    }
    const verdict = judgeAnswer(answer, take.streams, this.#clock.now())
    try {
      if (verdict.kind === 'receipt') {
        const settled = await this.#buffer.settle(take.requestId, verdict.receipt)
        this.#maxBytes = nextRequestBytes(this.#maxBytes, bytes, this.#clock.monotonic() - started)
        return this.#settled(take, settled, nameAll)
      }
      if (answer.kind === 'failed' || verdict.kind === 'refused') this.#maxBytes = smallerRequestBytes(this.#maxBytes)
      if (verdict.kind === 'refused') {
        await this.#buffer.refused(take.requestId, verdict.why)
        return { ok: false, reason: verdict.reason, split: take.batches > 1 && !take.probing }
      }
      await this.#buffer.release(take.requestId)
      return { ok: false, ...verdict }
    } catch (error) {
      // The batches are still there; what a lost receipt acknowledged is asked for again.
      await this.#buffer.release(take.requestId).catch(() => undefined)
      return { ok: false, reason: `the buffer takes no receipt: ${messageOf(error)}` }
    }
  }

  #settled(take: Take, { acked, arrived, rejected, nameAllMs, isCloned }: Settled, namedAll: boolean): Outcome {
    this.#lastReceiptMs = this.#clock.now()
    this.#counters.ackedBatches += acked
    this.#counters.rejectedBatches += rejected
    const now = this.#clock.monotonic()
    if (namedAll) this.#nameAllAt = now + dayMs
    if (nameAllMs !== undefined) this.#nameAllAt = Math.min(this.#nameAllAt, now + nameAllMs)
    // A receiver that covers whatever it is asked for would have new streams minted with each receipt.
    if (isCloned) return { ok: false, reason: 'the receiver has more of the newest streams than was ever sent' }
    if (acked > 0 || arrived > 0 || take.batches === 0) return { ok: true }
    const reason = rejected > 0 ? 'the receiver rejects what it is sent' : 'the receipt covers nothing that was sent'
    return { ok: false, reason }
  }

  async #pause({ reason = 'unknown', retryAfterMs }: Outcome): Promise<void> {
    this.#counters.failures++
    this.#failures++
    if (this.#failures === 1) this.#failingSince = this.#clock.monotonic()
    this.#complain(reason)
    const usual = backoffMs(this.#failures, this.#random, retryAfterMs)
    const delay = this.#flushes > this.#flushed ? Math.min(usual, flushRetryMs) : usual
    this.#nextTryAt = this.#clock.monotonic() + delay
    this.#change('waiting', reason)
    if (!this.#stopping) await this.#wait(delay)
    this.#nextTryAt = undefined
  }

  /** Says why at once, and again when the reason changes or a quarter of an hour has passed. */
  #complain(reason: string): void {
    const now = this.#clock.monotonic()
    if (this.#failures > 1 && reason === this.#reason && now - this.#complainedAt < reminderMs) return
    this.#complainedAt = now
    this.#log.warn({ reason, tries: this.#failures }, 'uplink pauses')
  }

  #recovered(): void {
    if (this.#failures > 0 && this.#failingSince !== undefined) {
      const seconds = Math.round((this.#clock.monotonic() - this.#failingSince) / 1000)
      this.#log.info({ seconds, tries: this.#failures }, 'uplink is back')
    }
    this.#failures = 0
    this.#failingSince = undefined
    this.#reason = undefined
  }

  #untilNamesAreDue(): number {
    return Math.max(0, this.#nameAllAt - this.#clock.monotonic())
  }

  /** Ends after `ms`, or as soon as something pokes. */
  async #wait(ms: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    const timer = this.#clock.after(ms, resolve)
    this.#wake = resolve
    await promise
    timer.cancel()
    this.#wake = undefined
  }

  #poke(): void {
    this.#pokes++
    this.#wake?.()
  }

  #change(state: UplinkStatus['state'], reason = this.#reason): void {
    this.#state = state
    this.#reason = reason
    const status = this.status()
    for (const listener of this.#listeners) listener(status)
  }
}
