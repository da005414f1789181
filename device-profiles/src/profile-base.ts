import type { WrittenAlarm } from './device.ts'

/** How far a source of a profile is to be believed. */
export type Confidence = 'high' | 'medium' | 'low'

export interface ProfileSource {
  readonly title: string
  readonly confidence: Confidence
}

/** What the user sets for one device: the ratio of a current transformer, the name of a sensor in a message. */
export interface ParamDeclaration {
  readonly description: string
  readonly default?: number | string
  readonly min?: number
  readonly max?: number
}

export interface ProfileBase {
  /** `vendor/model`, the same as its file's path; `sunspec` alone is for devices of many vendors. */
  readonly profile: string
  /** Changes with the content: twelve hex digits of a SHA-256 over the resolved profile. */
  readonly version: string
  readonly vendor: string
  readonly model: string
  readonly description?: string
  readonly sources: readonly ProfileSource[]
  /** What must be set on the device before its values are right. */
  readonly requirements: readonly string[]
  /** Known misbehaviour, one sentence each. */
  readonly caveats: readonly string[]
  readonly params: ReadonlyMap<string, ParamDeclaration>
  /** Proposed alarms by name; a device takes one over with `default`. Absent: none. */
  readonly alarms?: ReadonlyMap<string, WrittenAlarm>
}

/** What every point of every protocol has. */
export interface PointBase {
  readonly name: string
  /** Type as written, for instance `float32`. */
  readonly type: string
  /** UCUM code. */
  readonly unit?: string
  readonly description?: string
  /** Plausible range in the point's unit, inclusive; outside is `bad:out_of_range`. */
  readonly range?: readonly [number, number]
  /** Default poll interval in ms. */
  readonly everyMs?: number
  /** A total that the device adds up: a mean says nothing of it. */
  readonly counter?: true
}
