import { busy } from '../sending/merge.ts'
import type { Sender } from '../sending/sender.ts'
import { write } from '../store/transaction.ts'
import type { Moment } from '../store/transaction.ts'
import { diskRoom, headroom } from './room.ts'
import { thinGroup } from './thin.ts'

/** Thins one group while there is little room left; says whether there may be another. */
export function thinAhead(sender: Sender, moment: Moment): boolean {
  const { store } = sender
  const isShort = () => {
    const limit = diskRoom(store)?.roomBytes ?? store.limitBytes
    return store.usedBytes() > limit - headroom(limit)
  }
  if (!isShort()) return false
  const held = (id: number) => {
    const row = store.streams.get(id)
    return row ? busy(sender, row) : []
  }
  // Asked again within: what receipts covered is out only then.
  return write(store, moment, draft => (isShort() ? thinGroup(store, draft, held) : undefined)) !== undefined
}
