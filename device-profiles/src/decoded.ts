import type { BadReason, Quality, Value } from '@lineside/contract'

/** Readings that were measured at a time of their own: the hourly value of a gas meter in a telegram of this second. */
export interface Stamped {
  /** Source time in UTC ms. */
  readonly t: number
  readonly values: Readonly<Record<string, Value>>
  readonly quality?: Readonly<Record<string, Quality>>
}

/** What one reply, frame or message said. A point that is neither in `values` nor in `quality` was not in it. */
export interface Decoded {
  readonly ok: true
  /** Source time in UTC ms where the device has a clock and says so. */
  readonly t?: number
  readonly values: Record<string, Value>
  /** Only points that are not good; undefined where all are, which is the usual case. */
  readonly quality?: Record<string, Quality>
  /** Readings with another source time, each point in one of them. */
  readonly stamped?: readonly Stamped[]
  /** The device says of itself whether it is there (an availability topic, a last will). */
  readonly available?: boolean
}

/** Bytes that can't be taken for an answer of this device. */
export interface Refused {
  readonly ok: false
  readonly reason: BadReason
  /** What was wrong, for the engineer: lower case, with the value. */
  readonly text: string
}
