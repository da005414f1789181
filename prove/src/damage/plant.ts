import { seededRandom } from '@lineside/contract/testing'
import { join } from 'node:path'
import { commit } from '../../../agent/src/buffer/commit.ts'
import { encodeCounts } from '../../../agent/src/buffer/batch/counts.ts'
import { mergeSome } from '../../../agent/src/buffer/sending/merge.ts'
import { ownBatch } from '../../../agent/src/buffer/batch/new-batch.ts'
import type { NewBatch } from '../../../agent/src/buffer/batch/new-batch.ts'
import { openStore } from '../../../agent/src/buffer/open-store.ts'
import { Sender } from '../../../agent/src/buffer/sending/sender.ts'
import { settle } from '../../../agent/src/buffer/sending/settle.ts'
import type { Store } from '../../../agent/src/buffer/store/store.ts'
import { take } from '../../../agent/src/buffer/sending/take.ts'
import { Log } from './receiver.ts'
import { copyBuffer } from './spoil.ts'

let uuid = 0
const newId = () => `00000000-0000-4000-8000-${String(++uuid).padStart(12, '0')}`
let now = 1_763_700_000_000
export const moment = () => ({ now: ++now, ids: [newId(), newId(), newId()] })
export const options = (path: string) => ({
  path,
  gateway: 'g',
  maxSizeBytes: 2e6,
  boot: '6b2f3c1e-0000-4000-8000-000000000001',
  now: ++now,
})

/** A buffer as a power cut leaves it, with what was committed to it and what of that arrived. */
export interface Plant {
  /** Where its files lie. */
  readonly folder: string
  /** The same with all of the log in the database, so that nothing hides what is damaged there. */
  readonly checkpointed: string
  /** Time of each committed entry → its batch and its value. */
  readonly committed: ReadonlyMap<number, Committed>
  readonly received: Log
}

interface Committed {
  readonly name: string
  readonly value: string
}

/** Noise keeps the pages full: what is damaged is mostly something. */
function sampleBatch(
  random: () => number,
  number: number,
  kind: 'alarms' | 'data',
): { t: number; value: string; batch: NewBatch } {
  const t = number
  const values = { p: t, noise: Array.from({ length: 40 }, () => random().toString(36).slice(2)).join('') }
  const batch = ownBatch(kind, [{ k: 'sample', device: 'd', t, values }], {
    readings: 2,
    counts: encodeCounts(new Map([[1, 1]])),
  })
  return { t, value: JSON.stringify(values), batch }
}

function commitSome(store: Store, random: () => number, committed: Map<number, Committed>, count: number): void {
  for (let n = 0; n < count; n++) {
    const kind = n % 5 === 0 ? 'alarms' : 'data'
    const { t, value, batch } = sampleBatch(random, committed.size + 1, kind)
    const points = [[1, 'd', 'p'] as const]
    const state = [['alarms', `state ${t}`] as const]
    commit(store, moment(), { number: t, batches: [batch], points, state, dropped: [] }, () => [])
    const row = store.streams.get(store.current[kind] ?? 0)
    committed.set(t, { name: `${row?.stream}/${row?.high}`, value })
  }
}

/** Two runs with both streams, some of it received, some evicted with its gap, the newest only in the log file. */
export function plant(folder: string): Plant {
  const committed = new Map<number, Committed>()
  const received = new Log()
  const template = join(folder, 'template')
  const random = seededRandom(7)
  for (const run of [1, 2]) {
    const store = openStore(options(template))
    store.db.pragma('synchronous = OFF')
    commitSome(store, random, committed, 160)
    const sender = new Sender(store)
    for (let n = 0; n < 3; n++) {
      const { take: taken } = take(sender, moment(), { maxBytes: 12_000 })
      if (taken) settle(sender, moment(), taken.requestId, received.take(taken.body))
    }
    while (mergeSome(sender, moment(), { least: 4, newest: 40 }));
    const { limitBytes } = store
    Object.defineProperty(store, 'limitBytes', { value: store.usedBytes() + 64 * 1024, configurable: true })
    commitSome(store, random, committed, 30)
    Object.defineProperty(store, 'limitBytes', { value: limitBytes })
    if (run === 1) {
      store[Symbol.dispose]()
      continue
    }
    store.db.pragma('wal_checkpoint(TRUNCATE)')
    store.db.pragma('wal_autocheckpoint = 0')
    commitSome(store, random, committed, 12)
    // The log is not yet in the database.
    copyBuffer(template, join(folder, 'cut'))
    store.db.pragma('wal_checkpoint(TRUNCATE)')
    copyBuffer(template, join(folder, 'checkpointed'))
    store[Symbol.dispose]()
  }
  return { folder: join(folder, 'cut'), checkpointed: join(folder, 'checkpointed'), committed, received }
}
