import { limits, missing, subtractSets } from '@lineside/contract'
import type { IntervalSet } from '@lineside/contract'
import { intersectSets } from './receipt.ts'
import type { Sender } from './sender.ts'
import { isWholeRow } from '../store/sound-batch.ts'
import type { BatchRow } from '../store/rows.ts'
import { keyOf, nameOf } from '../store/streams.ts'
import type { StreamRow } from '../store/streams.ts'
import { write } from '../store/transaction.ts'
import type { Moment } from '../store/transaction.ts'

/** Fewer batches are not worth a rewriting; with a receiver that answers there are never so many. */
const leastBatches = 48
/** At most so many at once: the thread has other things to do. */
const mostBatches = 512
/** The newest batches are on their way out, or are when the receiver is back. */
const margin = 16
const usual = { least: leastBatches, newest: margin }
/** Compressed bytes that go into one member; together they become less. */
const mostBytes = limits.memberBytes
const mostText = limits.memberTextBytes - 16 * 1024

/**
 * Joins small batches that have waited for a while: several header lines in one member, which compresses better and
 * takes one row (protocol.md, N2). One group a call; says whether there was one.
 */
export function mergeSome(sender: Sender, moment: Moment, { least, newest } = usual): boolean {
  if (sender.rejections.probing) return false
  for (const stream of sender.store.streams.values()) {
    const from = (sender.mergedTo.get(stream.id) ?? 0) + 1
    const old = intersectSets(stream.present, [[from, Math.max(from, stream.high - newest)]])
    for (const [first, last] of subtractSets(old, busy(sender, stream))) {
      if (last - first + 1 < least) continue
      const group = collectGroup(sender, stream, first, last)
      sender.mergedTo.set(stream.id, group.last)
      if (group.rows.length < least) continue
      write(sender.store, moment, draft => draft.merge(group.rows))
      return true
    }
  }
  return false
}

/** What is in flight, rejected, suspected or a probe keeps a row of its own. */
export function busy(sender: Sender, { id, high }: StreamRow): IntervalSet {
  const probe = sender.probe === undefined ? undefined : nameOf(sender.probe)
  const free = subtractSets(
    subtractSets(missing(sender.notFree(id), 1, high), sender.suspects.get(id) ?? []),
    probe?.id === id ? [[probe.seq, probe.seq]] : [],
  )
  return missing(free, 1, high)
}

/** Neighbouring rows from `first` on that fit one member; `last` is where the next group may begin behind. */
function collectGroup({ store }: Sender, { id, stream }: StreamRow, first: number, last: number) {
  const rows: BatchRow[] = []
  let bytes = 0
  let text = 0
  let end = first - 1
  for (const row of store.sql.rows.iterate(keyOf(id, first), keyOf(id, last))) {
    bytes += row.member.length
    text += row.text_bytes
    // A damaged one is met when it is sent, and goes to quarantine alone; gaps keep the names that stand beside them.
    const other = rows.length > 0 && row.clock !== rows[0]?.clock
    const isAlone = !isWholeRow(row, stream) || store.sql.namesIn.all(row.key, row.key).length > 0
    const isFull = bytes > mostBytes || text > mostText || rows.length >= mostBatches
    if (nameOf(row.key).seq !== end + 1 || row.last > last || other) break
    if ((isAlone || isFull) && rows.length > 0) break
    end = row.last
    if (isAlone) break
    rows.push(row)
  }
  return { rows, last: Math.max(end, first) }
}
