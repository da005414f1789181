import { stringifyJson } from '@lineside/contract'
import type { GapEntry, Sample } from '@lineside/contract'
import type { Counts } from '../batch/counts.ts'
import { readableCounts } from '../store/gap.ts'
import type { Store } from '../store/store.ts'
import type { StoredBatch } from '../batch/stored-text.ts'
import type { Draft } from '../store/transaction.ts'
import { countReadings, idsByName } from '../store/unmerge.ts'
import { margin, nextGroup } from './group.ts'
import type { Busy } from './group.ts'
import { planReplacements, replace } from './replace.ts'
import type { Replacement } from './replace.ts'
import { areTimesSettled } from './settle-times.ts'
import { passOn, sampleOf } from './summarise.ts'
import type { IsCounter } from './summarise.ts'

/**
 * Lets the oldest readings go, one group, but for counters and what is no reading; a gap in the same batch reports them.
 * Gives how many batches that were; undefined when nothing is left to try.
 */
export function shedGroup(
  store: Store,
  draft: Draft,
  busy: Busy,
  newest = margin,
): { readonly batches: number; readonly readings: number } | undefined {
  const group = nextGroup(store, store.retention.shed, busy, 'reported', newest)
  if (!group) return undefined
  if (!areTimesSettled(store, draft, group, store.retention.shed)) return { batches: 0, readings: 0 }
  const ids = idsByName(store.points.values())
  let readings = 0
  const make = (batches: readonly StoredBatch[]): Replacement | undefined => {
    const kept = keepCounters(batches, (device, point) => store.retention.counters.has(device, point))
    if (!kept) return undefined
    return {
      batches,
      textLength: kept.reduce((sum, line) => sum + line.length + 1, 0),
      lines(names, counts) {
        const lost = minus(counts, countReadings(kept, ids).counts)
        for (const count of lost.values()) readings += count
        const gap: GapEntry = { k: 'gap', t: draft.now, reason: 'evicted', names }
        const readable = readableCounts(lost, id => draft.point(id))
        return [stringifyJson(lost.size === 0 ? gap : { ...gap, counts: readable }), ...kept]
      },
    }
  }
  const plans = planReplacements(group.batches, make)
  for (const plan of plans) replace(draft, group, plan)
  return { batches: plans.reduce((sum, plan) => sum + plan.batches.length, 0), readings }
}

/** Lines that stay, each with the name of its batch; undefined where nothing would go. */
function keepCounters(batches: readonly StoredBatch[], isCounter: IsCounter): readonly string[] | undefined {
  let goes = false
  const kept: string[] = []
  for (const { stream, seq, lines } of batches) {
    for (const line of lines) {
      const sample = sampleOf(line)
      const left = sample && countersOf(sample, isCounter)
      if (line.startsWith('{"k":"summary"') || (sample && !left)) goes = true
      else if (left && left !== sample) {
        goes = true
        kept.push(passOn(stringifyJson(left), stream, seq))
      } else kept.push(passOn(line, stream, seq))
    }
  }
  return goes ? kept : undefined
}

/** The same sample where all of its points are counters; undefined where none is. */
function countersOf(sample: Sample, isCounter: IsCounter): Sample | undefined {
  const { device, values, quality = {} } = sample
  const isKept = ([point]: readonly [string, unknown]) => isCounter(device, point)
  const left = { values: Object.entries(values).filter(isKept), quality: Object.entries(quality).filter(isKept) }
  const size = left.values.length + left.quality.length
  if (size === 0) return undefined
  if (size === Object.keys(values).length + Object.keys(quality).length) return sample
  const { quality: _, ...rest } = sample
  const kept = { ...rest, values: Object.fromEntries(left.values) }
  return left.quality.length === 0 ? kept : { ...kept, quality: Object.fromEntries(left.quality) }
}

function minus(counts: Counts, kept: ReadonlyMap<number, number>): Counts {
  const left: Counts = new Map()
  for (const [id, count] of counts) if (count > (kept.get(id) ?? 0)) left.set(id, count - (kept.get(id) ?? 0))
  return left
}
