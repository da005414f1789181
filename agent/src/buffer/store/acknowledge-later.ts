import { subtractSets } from '@lineside/contract'
import type { IntervalSet } from '@lineside/contract'
import { mergeSets } from '../batch/new-batch.ts'
import type { Names } from '../batch/new-batch.ts'
import type { Store } from './store.ts'
import { keyOf } from './streams.ts'
import type { StreamRow } from './streams.ts'

/** More is taken out at once: no commit is to be slow for it. */
const mostBytes = 1024 * 1024

/**
 * Counts batches as gone, so that their receipt costs no transaction of its own. Should the process die before the next
 * one they are sent again, and the receiver has them already (protocol.md, S1). Only whole rows that name no other
 * batches can wait so; false, and nothing is changed, for all else.
 */
export function acknowledgeLater(store: Store, covered: Names): boolean {
  const rows: StreamRow[] = []
  let { bytes } = store.acknowledged
  for (const [id, set] of covered) {
    const row = store.streams.get(id)
    const sum = row && sumOfRows(store, id, set)
    if (!sum) return false
    bytes += sum.bytes
    rows.push({
      ...row,
      present: subtractSets(row.present, set),
      readings: Math.max(0, row.readings - sum.readings),
      bytes: Math.max(0, row.bytes - sum.bytes),
    })
  }
  if (bytes > mostBytes) return false
  const names = new Map(store.acknowledged.names)
  mergeSets(names, covered)
  store.acknowledged = { names, bytes }
  store.streams = new Map([...store.streams, ...rows.map(row => [row.id, row] as const)])
  return true
}

/** Undefined where a row would be cut, or names others. */
function sumOfRows(store: Store, id: number, set: IntervalSet): { readings: number; bytes: number } | undefined {
  const total = { readings: 0, bytes: 0 }
  for (const [from, to] of set) {
    const keys = [keyOf(id, from), keyOf(id, to)] as const
    if (store.spanOf(id, from)?.first !== from || store.spanOf(id, to)?.last !== to) return undefined
    if (store.sql.namesIn.all(...keys).length > 0) return undefined
    const sum = store.sql.sum.get(...keys)
    total.readings += sum?.readings ?? 0
    total.bytes += sum?.bytes ?? 0
  }
  return total
}
