import type { Store } from '../store/store.ts'
import { keyOf, nameOf } from '../store/streams.ts'

/** How often the buffer is looked through for what is too old. */
const everyMs = 60_000
/** Rows that go at once; the rest goes with the next commits. */
const mostRows = 2000

/** Batches that have waited for longer than they may, oldest first; looked for once a minute. */
export function agedRanges(store: Store, now: number): readonly { id: number; from: number; to: number }[] {
  const { retention, sql } = store
  const { maxAgeMs } = retention
  if (maxAgeMs === undefined || Math.abs(now - retention.agedAt) < everyMs) return []
  retention.agedAt = now
  const oldest = now - maxAgeMs
  const found: { id: number; from: number; to: number }[] = []
  let rows = 0
  for (const { id, present } of store.streams.values()) {
    for (const [first, last] of present) {
      let to = first - 1
      for (const row of sql.ages.iterate(keyOf(id, first), keyOf(id, last))) {
        if (row.clock !== 0 || row.t >= oldest || rows++ >= mostRows) break
        to = Math.min(row.last, last)
      }
      if (to >= first) found.push({ id, from: first, to })
      if (to < last) break
    }
  }
  // What stands for others is as old as they are, and lies among younger ones.
  const known = (key: number) => found.some(({ id, from, to }) => key >= keyOf(id, from) && key <= keyOf(id, to))
  for (const key of sql.agedNames.iterate(oldest)) {
    const { id, seq } = nameOf(key)
    if (!known(key)) found.push({ id, from: seq, to: seq })
  }
  if (rows > mostRows) retention.agedAt = 0
  return found
}
