import { busy } from '../merge.ts'
import type { Sender } from '../sender.ts'
import { write } from '../transaction.ts'
import type { Moment } from '../transaction.ts'
import { headroom, limitNow } from './room.ts'
import { thinGroup } from './thin.ts'

/** Thins one group while there is little room left; says whether there may be another. */
export function thinAhead(sender: Sender, moment: Moment): boolean {
  const { store } = sender
  const limit = limitNow(store)
  if (store.usedBytes() <= limit - headroom(limit)) return false
  const held = (id: number) => {
    const row = store.streams.get(id)
    return row ? busy(sender, row) : []
  }
  return write(store, moment, draft => thinGroup(store, draft, held)) !== undefined
}
