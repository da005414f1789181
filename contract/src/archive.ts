import type { SummaryEntry } from './entry.ts'
import type { ClockMark, Quality, Sample, Value } from './sample.ts'

/** Columns of the archive in their order, with their Parquet types. The last four are null in the row of a reading. */
export const archiveColumns = [
  { name: 'gateway', type: 'STRING', nullable: false },
  { name: 'device', type: 'STRING', nullable: false },
  { name: 'point', type: 'STRING', nullable: false },
  /** Source time: INT64, TIMESTAMP(MICROS, UTC). */
  { name: 't', type: 'TIMESTAMP_MICROS', nullable: false },
  { name: 'value_double', type: 'DOUBLE', nullable: true },
  { name: 'value_int', type: 'INT64', nullable: true },
  { name: 'value_text', type: 'STRING', nullable: true },
  /** Null is good. */
  { name: 'quality', type: 'STRING', nullable: true },
  { name: 'stream', type: 'STRING', nullable: false },
  { name: 'seq', type: 'INT64', nullable: false },
  { name: 'idx', type: 'INT32', nullable: false },
  /** Source time of the last reading that a summary stands for; `t` is that of the first. */
  { name: 't_until', type: 'TIMESTAMP_MICROS', nullable: true },
  /** Readings that it stands for; `value_double` is their mean. */
  { name: 'readings', type: 'INT64', nullable: true },
  { name: 'value_min', type: 'DOUBLE', nullable: true },
  { name: 'value_max', type: 'DOUBLE', nullable: true },
] as const

/** What stands in place of readings that were thinned; their mean is the row's value. */
export interface ArchiveSummary {
  /** Source time of the last, µs UTC. */
  readonly until: bigint
  readonly readings: number
  readonly min: number
  readonly max: number
}

/** One reading in the archive, or the summary of several of one point. */
export interface ArchiveRow {
  readonly gateway: string
  readonly device: string
  readonly point: string
  /** Source time, µs UTC. */
  readonly t: bigint
  readonly valueDouble: number | undefined
  readonly valueInt: bigint | undefined
  readonly valueText: string | undefined
  /** Undefined is good. */
  readonly quality: Quality | undefined
  readonly stream: string
  readonly seq: number
  readonly idx: number
  /** Undefined in the row of a reading. */
  readonly summary?: ArchiveSummary
}

/** Where an entry stands in the log: its batch's name and its place in the batch. */
export interface EntryContext {
  readonly gateway: string
  readonly stream: string
  readonly seq: number
  readonly idx: number
}

export interface ArchiveValue {
  readonly valueDouble?: number
  readonly valueInt?: bigint
  readonly valueText?: string
}

/**
 * The columns of one value. Which column a point is read from never depends on one reading: **every number, bool and
 * whole number has `value_double`** (true is 1, false is 0; a bigint is rounded to the nearest double), every text
 * has `value_text` alone. Where a double can't hold a whole number exactly (beyond ±(2^53 − 1)), the exact one
 * stands beside it: in `value_int`, or with its digits in `value_text` where it exceeds a signed 64-bit integer.
 */
export function archiveValue(value: Value): ArchiveValue {
  if (typeof value === 'number') return { valueDouble: value }
  if (typeof value === 'boolean') return { valueDouble: value ? 1 : 0 }
  if (typeof value === 'string') return { valueText: value }
  if (BigInt.asIntN(64, value) === value) return { valueDouble: Number(value), valueInt: value }
  return { valueDouble: Number(value), valueText: value.toString() }
}

/**
 * The rows of one sample: one a reading, in the sample's order, then those of bad quality, which have no value.
 */
export function archiveRows(context: EntryContext, sample: Sample): ArchiveRow[] {
  const { gateway, stream, seq, idx } = context
  const t = BigInt(sample.t) * 1000n
  const quality = sample.quality ?? {}
  const otherwise = qualityOf(sample.clock)
  const row = (point: string, value: ArchiveValue): ArchiveRow => ({
    gateway,
    device: sample.device,
    point,
    t,
    valueDouble: value.valueDouble,
    valueInt: value.valueInt,
    valueText: value.valueText,
    quality: Object.hasOwn(quality, point) ? quality[point] : otherwise,
    stream,
    seq,
    idx,
  })
  const rows = Object.entries(sample.values).map(([point, value]) => row(point, archiveValue(value)))
  for (const point of Object.keys(quality)) if (!Object.hasOwn(sample.values, point)) rows.push(row(point, {}))
  return rows
}

/** The rows of one summary, one a point, in its order: the mean as value, the bounds and the number of readings beside it. */
export function archiveSummaryRows(context: EntryContext, summary: SummaryEntry): ArchiveRow[] {
  const { gateway, stream, seq, idx } = context
  const { device, points } = summary
  const t = BigInt(summary.t) * 1000n
  const until = BigInt(summary.until) * 1000n
  const quality = qualityOf(summary.clock)
  const nothing = { valueInt: undefined, valueText: undefined }
  return Object.entries(points).map(([point, { min, max, mean, count }]) => {
    const summed = { until, readings: count, min, max }
    const value = { ...nothing, valueDouble: mean, quality }
    return { gateway, device, point, t, ...value, stream, seq, idx, summary: summed }
  })
}

/** Of values that have no quality of their own, by what became of their times. */
function qualityOf(clock: ClockMark | 'device' | undefined): Quality | undefined {
  return clock === undefined || clock === 'device' ? undefined : `uncertain:clock_${clock}`
}
