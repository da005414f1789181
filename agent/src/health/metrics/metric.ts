import type { BufferStats } from '../../buffer/api.ts'
import type { ClockStatus } from '../../clock/api.ts'
import type { LineView } from '../../control/answers.ts'
import type { LinkStatus } from '../../links/link.ts'
import type { FeedCounters } from '../../pipeline/sample-feed.ts'
import type { UplinkStatus } from '../../uplink/api.ts'

/** Everything that metrics are read from, at one moment. */
export interface Measured {
  readonly gateway: string
  readonly version: string
  readonly nowMs: number
  readonly links: readonly LinkStatus[]
  readonly lines: readonly LineView[]
  readonly buffer: BufferStats
  readonly uplink: UplinkStatus | undefined
  readonly feed: FeedCounters
  readonly clock: ClockStatus
  /** Priority → alarms that are not normal. */
  readonly alarms: ReadonlyMap<string, number>
}

export interface Row {
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
  /** Only of a histogram: polls up to the label `le`, what all of them come to, how many there are. */
  readonly part?: 'bucket' | 'sum' | 'count'
}

export interface Metric {
  readonly kind: 'counter' | 'gauge' | 'histogram'
  /** One sentence for people, without a full stop. */
  readonly help: string
  readonly labels: readonly string[]
  rows(measured: Measured): readonly Row[]
}

/** Name → metric, in base units; labels are bounded by the configuration. */
export type Metrics = Readonly<Record<string, Metric>>

/** One figure; undefined where there is nothing to be counted. */
type Read = (measured: Measured) => number | undefined

export function counter(help: string, read: Read): Metric {
  return { kind: 'counter', help, labels: [], rows: measured => one(read(measured)) }
}

export function gauge(help: string, read: Read): Metric {
  return { kind: 'gauge', help, labels: [], rows: measured => one(read(measured)) }
}

function one(value: number | undefined): readonly Row[] {
  return value === undefined ? [] : [{ labels: {}, value }]
}
