import type { Quality, Value } from '@lineside/contract'
import type { ScheduledPoint, Turn } from './schedule.ts'
import type { RefusedRead } from './status.ts'

/** What one poll of one device came to. */
export interface PollOutcome {
  /** Points that were read. */
  readonly values: Record<string, Value>
  /** Points that are not good; undefined where all are. */
  readonly quality?: Record<string, Quality> | undefined
  /** The device answered at least one request, if only with an exception. */
  readonly answered: boolean
  /** Why something failed, for the engineer; of the first failure. */
  readonly text?: string | undefined
  /** Source time in UTC ms where the device has a clock. */
  readonly t?: number | undefined
  /** The device is well again after a spell in which it refused more than what this poll was for: all is due now. */
  readonly wantsAll?: boolean
  /** Monotonic: a poll before it would only wait on the line, and everybody else with it. */
  readonly notBeforeMs?: number
}

export interface ProbeOutcome {
  readonly answered: boolean
  readonly text?: string | undefined
}

/** What became of a read that a person asked for. */
export type AskedOutcome =
  | {
      readonly kind: 'read'
      readonly outcome: PollOutcome
      /** When it was read, UTC ms. */
      readonly t: number
      /** From asking to the last answer, with the wait for the line, ms. */
      readonly tookMs: number
      /** Points that were asked for and that this device does not have; undefined where it has all. */
      readonly absent?: readonly string[] | undefined
    }
  /** It was not tried. */
  | { readonly kind: 'refused'; readonly text: string }

/** A device that answers when it is asked, whatever the protocol. Never rejects for what a device or a line does. */
export interface PolledDevice {
  readonly name: string
  readonly points: readonly ScheduledPoint[]
  /** Reads the points of a turn and says something of each: a value or a quality. */
  read(turn: Turn): Promise<PollOutcome>
  /** Asks the cheapest question that shows whether the device is there. */
  probe(): Promise<ProbeOutcome>
  /** Told that it answers again after it was offline. */
  returned?(): void
  /** What it refuses to give; the same array while that stays as it is. */
  refused?(): readonly RefusedRead[]
  /** Points that its profile knows and this very device doesn't have: nothing is said of them. */
  absent?(): ReadonlySet<string>
  /** Why it can't be read as it is configured although it answers; undefined where it can. */
  flaw?(): string | undefined
  /** Monotonic time at which it is asked again for what it leaves unanswered, as its flaw says. */
  restsUntilMs?(): number | undefined
}

/** Marks each of `points` that has neither value nor quality yet. */
export function markRest(
  points: readonly string[],
  values: Readonly<Record<string, Value>>,
  quality: Record<string, Quality>,
  mark: Quality,
): void {
  for (const name of points) if (!(name in values) && !(name in quality)) quality[name] = mark
}
