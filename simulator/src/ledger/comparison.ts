import { type Difference, type Leftover, pairLeftovers } from './pair-leftovers.ts'
import { type ArchivedSample, type Readings, readingsOf, showReadings } from './readings.ts'
import type { Reply } from './reply.ts'
import { type Bucket, type GroupedReplies, groupReplies } from './reply-groups.ts'

/** Everything but `examples` counts readings. produced = stored + lost + altered, unless altered ones were duplicates. */
export interface Comparison {
  readonly produced: number
  /** Found once, with the very value. */
  readonly stored: number
  readonly lost: number
  /** Found more often than produced. */
  readonly duplicated: number
  /** Stored with a value or quality that was not produced. */
  readonly altered: number
  /** Produced readings that an earlier reply equals in all points compared: among these a loss hides a duplicate. */
  readonly equal: number
  /** The first of them, at most twenty. */
  readonly examples: readonly Difference[]
}

export interface CompareOptions {
  /** Points that the agent reads and stores each time; without it all. */
  readonly only?: (device: string, point: string) => boolean
}

const mostExamples = 20

/**
 * Compares what devices gave with what was archived, as multisets: each reply must be found exactly once. A sample may
 * hold several replies; which points belong together is learnt from the ledger. Order and times play no part, and of
 * qualities only whether a reading is bad. Bad readings that no device gave (`bad:communication` after a time-out) are
 * not counted. An unconfirmed reply counts as produced where it is found.
 */
export function compareLedger(
  ledgerReplies: Iterable<Reply>,
  archiveSamples: Iterable<ArchivedSample>,
  options: CompareOptions = {},
): Comparison {
  const only = options.only ?? (() => true)
  const replies = groupReplies(ledgerReplies, only)
  const examples: Difference[] = []
  const note = (difference: Difference) => {
    if (examples.length < mostExamples) examples.push(difference)
  }

  const leftovers: Leftover[] = []
  for (const sample of archiveSamples) {
    const readings = readingsOf(sample, only)
    takeReplies(replies, sample.device, readings, note)
    if (readings.size > 0) leftovers.push({ device: sample.device, readings })
  }

  let stored = 0
  let duplicated = 0
  let equal = 0
  let notTaken = 0
  const unmatched: Bucket[] = []
  for (const bucket of bucketsOf(replies)) {
    notTaken += dropNotTaken(bucket) * bucket.values.length
    const produced = bucket.numbers.length
    stored += Math.min(bucket.found, produced) * bucket.values.length
    duplicated += Math.max(0, bucket.found - produced) * bucket.values.length
    equal += Math.max(0, produced - 1) * bucket.values.length
    if (bucket.found < produced) unmatched.push(bucket)
  }
  const paired = pairLeftovers(unmatched, leftovers, note)
  return {
    produced: replies.produced - notTaken,
    stored: stored + paired.stored,
    lost: paired.lost,
    duplicated,
    altered: paired.altered,
    equal,
    examples,
  }
}

/** Finds the replies that a sample is made of, the largest first, and takes their points out of its readings. */
function takeReplies(
  replies: GroupedReplies,
  device: string,
  readings: Readings,
  note: (difference: Difference) => void,
): void {
  for (const group of replies.devices.get(device) ?? []) {
    if (readings.size < group.points.length) continue
    const values = group.project(readings)
    const bucket = values && group.find(values)
    if (bucket === undefined) continue
    bucket.found++
    if (bucket.found > bucket.numbers.length) {
      const stored = showReadings(new Map(group.points.map(point => [point, readings.get(point) ?? ''])))
      note({ kind: 'duplicated', device, n: bucket.numbers[0] ?? 0, stored })
    }
    for (const point of group.points) readings.delete(point)
  }
}

/** Unconfirmed replies that no sample holds were never taken: they don't count as produced. Gives how many. */
function dropNotTaken(bucket: Bucket): number {
  const missing = Math.max(0, bucket.numbers.length - bucket.found)
  const dropped = Math.min(bucket.unconfirmed, missing)
  bucket.numbers.length -= dropped
  return dropped
}

function* bucketsOf(replies: GroupedReplies): Generator<Bucket> {
  for (const groups of replies.devices.values()) for (const group of groups) yield* group.buckets()
}
