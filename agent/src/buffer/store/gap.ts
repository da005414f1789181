import { countSeqs } from '@lineside/contract'
import type { GapEntry, GapReason, IntervalSet, StreamSeqs } from '@lineside/contract'
import { encodeCounts } from '../batch/counts.ts'
import type { Counts } from '../batch/counts.ts'
import type { PointId } from '../batch/point-ids.ts'
import { maxBatchText, mergeSets, ownBatch } from '../batch/new-batch.ts'
import type { Names } from '../batch/new-batch.ts'
import type { Draft, Removed } from './transaction.ts'

/** Intervals named by one gap entry: some 200 KB of text at most. */
const intervalsPerGap = 5000

/**
 * Writes what stands for batches that will never arrive, in the transaction that takes them out (protocol.md, G1):
 * one batch, or several where the names are too many for one. Counts stand in the first.
 */
export function writeGap(draft: Draft, reason: GapReason, names: Names, counts?: Counts): void {
  const readable = counts === undefined || counts.size === 0 ? undefined : readableCounts(counts, id => draft.point(id))
  for (const [index, part] of partsOf(names, intervalsPerGap).entries()) {
    const seqs: StreamSeqs[] = [...part].flatMap(([id, set]) => {
      const stream = draft.stream(id)?.stream
      return stream === undefined ? [] : [{ stream, seqs: set }]
    })
    if (seqs.length === 0) continue
    const gap: GapEntry = { k: 'gap', t: draft.now, reason, names: seqs }
    const first = index === 0
    const entry = first && readable !== undefined ? { ...gap, counts: readable } : gap
    draft.insert(
      ownBatch('data', [entry], { names: part, ...(first && counts ? { counts: encodeCounts(counts) } : {}) }),
    )
  }
}

/** Everything that several removed ranges stood for, own names included, and their counts together. */
export function standsFor(
  ranges: readonly { readonly id: number; readonly set: IntervalSet; readonly removed: Removed }[],
): { readonly names: Names; readonly counts: Counts; readonly batches: number; readonly readings: number } {
  const names = new Map<number, IntervalSet>()
  const counts: Counts = new Map()
  let batches = 0
  let readings = 0
  for (const { id, set, removed } of ranges) {
    mergeSets(names, new Map([[id, set]]))
    mergeSets(names, removed.names)
    for (const [point, count] of removed.counts) counts.set(point, (counts.get(point) ?? 0) + count)
    batches += countSeqs(set)
    readings += removed.readings
  }
  return { names, counts, batches, readings }
}

type ReadableCounts = Readonly<Record<string, Readonly<Record<string, number>>>>

/** Counts by the names of device and point; by device alone (`*`) where the text would be too long for a batch. */
export function readableCounts(counts: Counts, nameOf: (id: number) => PointId | undefined): ReadableCounts {
  const devices = new Map<string, Map<string, number>>()
  let length = 0
  for (const [id, count] of counts) {
    const [, device, point] = nameOf(id) ?? [0, '*', '*']
    const points = devices.get(device) ?? new Map<string, number>()
    if (points.size === 0) devices.set(device, points)
    points.set(point, (points.get(point) ?? 0) + count)
    length += point.length + device.length / 4 + 12
  }
  const shorten = length > maxBatchText / 4
  const record = [...devices].map(([device, points]) => {
    const total = [...points.values()].reduce((sum, count) => sum + count, 0)
    return [device, shorten ? { '*': total } : Object.fromEntries(points)] as const
  })
  return Object.fromEntries(record)
}

/** Names in parts of at most `most` intervals. */
export function partsOf(names: Names, most: number): readonly Names[] {
  const parts: Map<number, IntervalSet>[] = []
  let room = 0
  for (const [id, set] of names) {
    for (let at = 0; at < set.length; ) {
      if (room === 0) {
        parts.push(new Map())
        room = most
      }
      const piece = set.slice(at, at + room)
      parts.at(-1)?.set(id, piece)
      at += piece.length
      room -= piece.length
    }
  }
  return parts
}
