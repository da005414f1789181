import type { Clock } from '@lineside/contract'
import type { Logger } from 'pino'
import type { TimedAnswer } from '../clock/zero-range.ts'
import type { SendingSide } from '../buffer/api.ts'
import type { Purse, PurseStatus } from './purse.ts'

/** What came back for one request, before anyone judged it. */
export type Answer =
  | {
      readonly kind: 'response'
      readonly status: number
      readonly contentType: string
      readonly body: string
      /** What the connection carried for it, both ways, with TLS; absent where that is not known. */
      readonly carriedBytes?: number
      readonly retryAfter?: string
      /** Its `Date`, UTC ms, where the receiver's certificate was verified. */
      readonly dateMs?: number
    }
  /** No whole answer: refused, reset, timed out, longer than allowed. */
  | { readonly kind: 'failed'; readonly reason: string; readonly carriedBytes?: number }

/** Posts one request body to `/v1/batches`; never rejects. */
export interface Post {
  (body: Uint8Array, signal: AbortSignal): Promise<Answer>
}

export interface UplinkOptions {
  readonly gateway: string
  readonly buffer: SendingSide
  readonly post: Post
  readonly clock: Clock
  /** In [0, 1). */
  readonly random: () => number
  readonly log: Logger
  /** Told of the time that a verified receiver gave, with the monotonic times around it. */
  readonly onDate?: ((answer: TimedAnswer) => void) | undefined
  /** Bytes a second for what is older than the live run; no cap where it is absent. Alarms and the newest data have none. */
  readonly backlogRate?: number | undefined
  /** What may be sent this month; no bound where it is absent. */
  readonly purse?: Purse | undefined
}

export interface UplinkStatus {
  /** `idle`: nothing to send; `waiting`: for the next try, see `reason`. */
  readonly state: 'idle' | 'sending' | 'waiting' | 'stopped'
  readonly reason?: string
  /** For so long the receiver has taken nothing of what it was sent, ms; absent while it does. */
  readonly failingForMs?: number
  /** Until the next try, ms. */
  readonly nextTryMs?: number
  /** UTC ms of the last well-formed receipt. */
  readonly lastReceiptMs?: number
  readonly requests: number
  readonly failures: number
  readonly ackedBatches: number
  readonly rejectedBatches: number
  /** To the receiver and back, as the budget counts them. */
  readonly wireBytes: number
  /** Where there is a budget for the month. */
  readonly budget?: PurseStatus
}

export interface Uplink extends AsyncDisposable {
  start(): void
  status(): UplinkStatus
  onChange(listener: (status: UplinkStatus) => void): () => void
  /** Sends all that is committed; true when the last receipt came within `deadlineMs`. Three failed tries end it. */
  flush(deadlineMs: number): Promise<boolean>
  /** What kept it from sending may be gone: the next try is made at once. */
  tryNow(): void
  /** Ends sending; a request under way is finished, or given up after `graceMs` (5 s). */
  stop(graceMs?: number): Promise<void>
}
