import type { ProfileBase } from '../profile-base.ts'
import type { Expected, TextPoint } from '../values/point.ts'
import type { ScalarType } from './datatypes.ts'

export interface SparkplugPoint extends TextPoint {
  readonly protocol: 'sparkplug'
  /** Name of the metric, for instance `Inputs/Pressure`. */
  readonly metric: string
  /** Datatype that a simulated node sends it as; the agent takes what the birth says. */
  readonly datatype: ScalarType
}

/** Metrics of one message, and what must come of them. */
export interface SparkplugVector {
  readonly metrics: ReadonlyMap<string, { readonly type: ScalarType; readonly value: number | string | boolean | null }>
  readonly params: Readonly<Record<string, number | string>>
  readonly expect: ReadonlyMap<string, Expected>
  readonly source?: string
}

export interface SparkplugProfile extends ProfileBase {
  readonly protocol: 'sparkplug'
  /** Silence after which the device is stale, ms; absent: only births and deaths say whether it is there. */
  readonly silentAfterMs?: number
  readonly points: ReadonlyMap<string, SparkplugPoint>
  readonly tests: readonly SparkplugVector[]
}
