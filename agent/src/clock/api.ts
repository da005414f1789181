import type { Clock } from '@lineside/contract'
import type { Logger } from 'pino'
import type { Stamping } from '../buffer/api.ts'
import type { ClockSource } from './judge.ts'
import type { TimeService } from './time-service.ts'
import type { TimedAnswer } from './zero-range.ts'

/** What came of asking the receiver for the time. */
export type TimeAnswer =
  | ({ readonly kind: 'date' } & TimedAnswer)
  /** Its certificate begins later than the machine's clock says. */
  | { readonly kind: 'not_yet_valid' }
  /** Its certificate ended earlier than the machine's clock says. */
  | { readonly kind: 'expired' }
  | { readonly kind: 'failed'; readonly reason: string }

/**
 * Asks the receiver for the time, without a token; never rejects. `full`: by a certificate that is valid at the
 * machine's clock; `pinned`: that the configured authority vouches for, whatever the clock says (protocol.md, C2).
 */
export type AskTime = (check: 'full' | 'pinned') => Promise<TimeAnswer>

export interface ClockOptions {
  readonly machine: Clock
  readonly log: Logger
  /** In [0, 1). */
  readonly random: () => number
  readonly service?: TimeService | undefined
  /** Absent: no receiver vouches for its time by a certificate. */
  readonly askTime?: AskTime | undefined
  /** Whether `askTime` may be asked for a `pinned` answer. */
  readonly isPinned?: boolean
}

export interface ClockStatus {
  /** `doubtful`: what is stamped is held until more is known. `wrong`: and it can't be right. */
  readonly state: 'synchronised' | 'doubtful' | 'wrong'
  readonly source?: ClockSource
  /** By how much the machine's clock is to be corrected, ms. */
  readonly correctionMs: number
  /** How often the machine's clock was set while the agent ran. */
  readonly jumps: number
  /** Why it is doubtful, in words. */
  readonly problem?: string
  /** Nothing will cure it that runs by itself. */
  readonly needsPerson?: true
}

/** What changed: before and after, by how much time went on or back. */
export interface ClockChange {
  readonly shiftMs: number
  readonly source: ClockSource | undefined
  readonly wasDoubtful: boolean
  /** So far back that the streams which were begun end. */
  readonly endsStreams: boolean
}

/** Keeps the clock by which everything is stamped, and knows whether it is right (protocol.md, C). */
export interface ClockKeeper extends Disposable {
  readonly clock: Clock
  stamping(): Stamping
  status(): ClockStatus
  /** An answer of a receiver whose certificate was verified. */
  heard(answer: TimedAnswer): void
  /** The right time for checking certificates, where the machine's clock is known to be far off. */
  rightTime(): number | undefined
  /** UTC ms of what this run stamped `t`, by what is known now: for what people are shown of what is kept in memory. */
  corrected(t: number): number
  onChange(listener: (change: ClockChange) => void): void
  /** Begins to ask; the clock can be read before. */
  start(): void
}
