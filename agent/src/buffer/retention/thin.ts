import { stringifyJson } from '@lineside/contract'
import type { Store } from '../store/store.ts'
import type { StoredBatch } from '../batch/stored-text.ts'
import type { Draft } from '../store/transaction.ts'
import { margin, nextGroup } from './group.ts'
import type { Busy } from './group.ts'
import { planReplacements, replace } from './replace.ts'
import type { Replacement } from './replace.ts'
import { areTimesSettled } from './settle-times.ts'
import { summarise } from './summarise.ts'

/** A new batch must be smaller than this share of the old ones' text, or it isn't worth its write. */
const usual = { newest: margin, worth: 0.7 }

interface Thinning extends Replacement {
  /** Characters that are left, without the names of batches: those compress well. */
  readonly left: number
  readonly readings: number
}

/**
 * Thins the oldest batches that were not thinned yet, one group: summaries in place of fast analog values, all else
 * passed on. Gives the number of readings that gave way, which may be 0; undefined when nothing is left to try.
 */
export function thinGroup(store: Store, draft: Draft, busy: Busy, { newest, worth } = usual): number | undefined {
  const group = nextGroup(store, store.retention.thinned, busy, 'plain', newest)
  if (!group) return undefined
  if (!areTimesSettled(store, draft, group, store.retention.thinned)) return 0
  const plans = planReplacements(group.batches, batches => thinning(store, batches))
  const thinned = plans.flatMap(plan => plan.batches)
  const left = plans.reduce((sum, plan) => sum + plan.left, 0)
  if (left > textLengthOf(thinned) * worth) return 0
  for (const plan of plans) replace(draft, group, plan)
  const readings = plans.reduce((sum, plan) => sum + plan.readings, 0)
  store.retention.readings += readings
  return readings
}

function thinning(store: Store, batches: readonly StoredBatch[]): Thinning | undefined {
  const { summaries, passedOn, readings, left } = summarise(batches, (device, point) =>
    store.retention.counters.has(device, point),
  )
  if (readings === 0) return undefined
  const summaryText = summaries.reduce((sum, summary) => sum + JSON.stringify(summary).length + 100, 0)
  return {
    batches,
    readings,
    left: summaryText + left,
    textLength: passedOn.reduce((sum, line) => sum + line.length + 1, summaryText),
    lines: names => [...summaries.map(summary => stringifyJson({ ...summary, names })), ...passedOn],
  }
}

function textLengthOf(batches: readonly StoredBatch[]): number {
  return batches.reduce((sum, { lines }) => lines.reduce((part, line) => part + line.length + 1, sum), 0)
}
