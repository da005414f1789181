/**
 * A value as it travels: engineering units for numbers, `bigint` only beyond ±(2^53 − 1),
 * enum names and texts as strings. There is no null: a reading without a value has a bad quality.
 */
export type Value = number | bigint | boolean | string

/** Why a value deserves less than full trust; the value is there (OPC UA "uncertain"). */
export const uncertainReasons = [
  'clock_unsynchronised',
  'clock_unknown',
  'retained',
  'unstable',
  'unit_mismatch',
] as const
/** Why there is no value (OPC UA "bad"). */
export const badReasons = [
  'communication', // no answer, or the link is down
  'refused', // the device answered with an exception for this point
  'not_available', // the device says "no value" (65535, NaN, an empty field)
  'out_of_range', // outside the profile's plausible range
  'sensor_failure', // the device reports overload, underload or a broken sensor
  'malformed', // it answered, and the answer can't be decoded
  'checksum', // damaged on the way
] as const

export type UncertainReason = (typeof uncertainReasons)[number]
export type BadReason = (typeof badReasons)[number]

/** Quality of one reading. Good is written by leaving it out. A bad reading has no value. */
export type Quality = `uncertain:${UncertainReason}` | `bad:${BadReason}`

const qualities: ReadonlySet<unknown> = new Set([
  ...uncertainReasons.map(reason => `uncertain:${reason}`),
  ...badReasons.map(reason => `bad:${reason}`),
])

/** Whether something read back is a quality that this version knows. */
export function isQuality(value: unknown): value is Quality {
  return qualities.has(value)
}

/**
 * What became of the times of a boot whose clock was not synchronised (protocol.md, C1): corrected since, or never
 * known. Stands as `clock` in entries of every kind.
 */
export type ClockMark = 'unsynchronised' | 'unknown'

/** What one poll or message of one device gave at one source time: the unit of storage, wire and archive. */
export interface Sample {
  readonly k: 'sample'
  readonly device: string
  /** Source time, UTC milliseconds. */
  readonly t: number
  /** Point name → value, in the profile's unit. Points of bad quality are absent. */
  readonly values: Readonly<Record<string, Value>>
  /** Point name → quality, only for points that are not good. */
  readonly quality?: Readonly<Record<string, Quality>>
  /**
   * What is to be known of `t`; absent where the gateway's clock was right. `device`: by the device's own clock.
   * `unsynchronised` and `unknown` (protocol.md, C1) count as the quality of each reading that is good otherwise.
   */
  readonly clock?: 'device' | ClockMark
}
