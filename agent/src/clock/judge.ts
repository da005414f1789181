import { nearestZero, type ZeroRange } from './zero-range.ts'

/** Who vouches for the time. `machine`: nobody else is there to ask. */
export type ClockSource = 'service' | 'receiver' | 'machine'

/** What is known of the time. A zero is UTC ms at the zero of the machine's monotonic clock. */
export interface Known {
  readonly zero: number
  /** Absent: the clock is doubtful. */
  readonly source?: ClockSource
}

export type Evidence =
  /** The time service says that the machine's clock is right. */
  | { readonly kind: 'service'; readonly zero: number }
  /** A receiver whose certificate was verified gave the time; `isLast` where a better answer is not to be had. */
  | { readonly kind: 'receiver'; readonly range: ZeroRange; readonly isLast?: boolean }
  /** The machine's clock as it is, with whether there is nobody else to ask, and whether it can be right at all. */
  | { readonly kind: 'machine'; readonly zero: number; readonly isAlone: boolean; readonly isPlausible: boolean }

/** Differences of less change nothing: they come from rounding, and from the time that a question takes. */
export const noiseMs = 100

/** What is known after some evidence; the same object where it changes nothing. */
export function judgeClock(known: Known, evidence: Evidence): Known {
  switch (evidence.kind) {
    case 'service':
      return adopt(known, evidence.zero, 'service')
    case 'receiver': {
      if (known.source === 'service') return known
      const zero = nearestZero(known.zero, evidence.range, evidence.isLast)
      return zero === undefined ? known : adopt(known, zero, 'receiver')
    }
    case 'machine': {
      const { zero, isAlone, isPlausible } = evidence
      if (isAlone && isPlausible) return adopt(known, zero, 'machine')
      // A doubtful clock follows the machine's: whoever set it may have known better.
      return known.source === undefined && Math.abs(zero - known.zero) >= noiseMs ? { zero } : known
    }
    default:
      return evidence satisfies never
  }
}

function adopt(known: Known, zero: number, source: ClockSource): Known {
  const isSame = Math.abs(zero - known.zero) < noiseMs
  if (isSame && known.source === source) return known
  return { zero: isSame ? known.zero : Math.round(zero) || 1, source }
}

/** A step back by more begins new streams; by less the clock stands still for as long. */
export const standStillMs = 1000

/** Whether time goes back so far that the streams which were begun must end. */
export function goesBack(before: Known, after: Known): boolean {
  // What a doubtful clock stamped is corrected before it is sent: its streams go on.
  return before.source !== undefined && after.zero < before.zero - standStillMs
}
