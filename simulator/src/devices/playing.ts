import type { Clock } from '@lineside/contract'
import type { Ledger } from '../ledger/ledger.ts'

/** What every device and server of a plant that is being played shares. */
export interface Playing {
  readonly clock: Clock
  readonly ledger: Ledger
  /** Whole milliseconds since the plant began. */
  elapsed(): number
}

/** Begins a plant: its time is 0 at the moment of the call. */
export function beginPlaying(clock: Clock, ledger: Ledger): Playing {
  const origin = clock.monotonic()
  return { clock, ledger, elapsed: () => Math.floor(clock.monotonic() - origin) }
}
