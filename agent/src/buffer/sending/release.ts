import { isEntry, parseJson, stringifyJson } from '@lineside/contract'
import type { ReleasedEntry } from '@lineside/contract'
import type { Released } from '../api.ts'
import { encodeCounts } from '../batch/counts.ts'
import { textOf } from '../batch/line-block.ts'
import type { Store } from '../store/store.ts'
import { readMember } from '../batch/stored-text.ts'
import { mayBeStored } from './quarantine.ts'
import { write } from '../store/transaction.ts'
import type { Moment } from '../store/transaction.ts'
import { countReadings, idsByName } from '../store/unmerge.ts'

interface QuarantineRow {
  readonly n: number
  readonly stream: string
  readonly seq: number
  readonly last: number
  readonly reason: string
  readonly message: string
  readonly member: Buffer
}

/**
 * Lets batches out of quarantine, by the numbers they have there: each becomes a new batch that names the old one as
 * superseded, because the gap for the old one is sent already (protocol.md, R5). What the receiver may have stays: its set
 * can't tell what came from what a gap reported, so that nothing would fall away.
 */
export function releaseQuarantined(store: Store, moment: Moment, numbers: readonly number[]): Released {
  const ids = idsByName(store.points.values())
  const row = store.db.prepare<[number], QuarantineRow>(
    'SELECT n, stream, seq, last, reason, message, member FROM quarantine WHERE n = ?',
  )
  let batches = 0
  let readings = 0
  const left: number[] = []
  const maybeStored: number[] = []
  write(store, moment, draft => {
    for (const n of new Set(numbers)) {
      const found = row.get(n)
      if (found && mayBeStored(found)) {
        maybeStored.push(n)
        continue
      }
      const parts = found && readMember(found.member)
      if (!found || !parts) {
        left.push(n)
        continue
      }
      for (const { stream, seq, lines } of parts) {
        const names = [{ stream, seqs: [[seq, seq]] as const }]
        const doubt = draft.isTimeCertain ? {} : ({ clock: 'unknown' } as const)
        const entry: ReleasedEntry = { k: 'released', t: draft.now, ...doubt, names }
        const kept = lines.filter(line => !standsForOthers(line)).map(asItsOwn)
        const counted = countReadings(kept, ids)
        const all = [stringifyJson(entry), ...kept]
        const counts = encodeCounts(counted.counts)
        const facts = { text: textOf(all), entries: all.length, readings: counted.readings, counts }
        // Its times were right when it was sent: what comes to be known of the clock now does not go for them.
        draft.insert({ kind: 'data', ...facts, clock: 0, t: Math.max(draft.now, ...kept.map(timeOf)) })
        batches++
        readings += counted.readings
      }
      store.db.prepare('DELETE FROM quarantine WHERE n = ?').run(n)
    }
  })
  return { batches, readings, left, maybeStored }
}

/** UTC ms; 0 where a line has none. */
function timeOf(line: string): number {
  const entry = parseJson(line)
  return isEntry(entry) && 't' in entry && typeof entry.t === 'number' ? entry.t : 0
}

/** What it names is named by the gap of the old batch. */
function standsForOthers(line: string): boolean {
  return line.startsWith('{"k":"gap"') || line.startsWith('{"k":"summary"')
}

/** The same line without the name of an earlier batch, by which a receiver would let it fall away. */
function asItsOwn(line: string): string {
  return line.replace(/,"fromBatch":\{"stream":"[0-9a-f-]{36}","seq":\d+\}\}$/, '}')
}
