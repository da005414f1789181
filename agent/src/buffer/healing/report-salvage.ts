import { missing, unionSets } from '@lineside/contract'
import type { IntervalSet } from '@lineside/contract'
import type { BufferNotice, Salvaged } from '../api.ts'
import { writeGap } from '../store/gap.ts'
import { writeMeta } from '../file/meta.ts'
import type { Store } from '../store/store.ts'
import { write } from '../store/transaction.ts'
import type { Moment } from '../store/transaction.ts'

/**
 * Reports what a salvage could not read, before anything else is committed or sent: a gap for every seq that was given
 * out, is not there, and that no gap in the buffer names (protocol.md, R4). The receiver cuts what it has.
 */
export function reportSalvage(store: Store, moment: Moment): readonly BufferNotice[] {
  if (store.salvaged === undefined) return []
  const found: Salvaged = JSON.parse(store.salvaged)
  write(store, moment, draft => {
    const named = store.named()
    const lost = new Map<number, IntervalSet>()
    for (const { id, high, present } of draft.streams()) {
      const set = missing(unionSets(present, named.get(id) ?? []), 1, high)
      if (set.length > 0) lost.set(id, set)
    }
    writeGap(draft, 'corrupt', lost)
    writeMeta(store.db, 'salvaged', undefined)
  })
  store.salvaged = undefined
  return [{ kind: 'salvaged', ...found }]
}
