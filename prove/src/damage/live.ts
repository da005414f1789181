import type { BufferNotice } from '../../../agent/src/buffer/api.ts'
import { commit } from '../../../agent/src/buffer/commit.ts'
import { damageOf } from '../../../agent/src/buffer/file/damage.ts'
import { ownBatch } from '../../../agent/src/buffer/batch/new-batch.ts'
import { openStore } from '../../../agent/src/buffer/open-store.ts'
import { reportSalvage } from '../../../agent/src/buffer/healing/report-salvage.ts'
import { Sender } from '../../../agent/src/buffer/sending/sender.ts'
import { settle } from '../../../agent/src/buffer/sending/settle.ts'
import { take } from '../../../agent/src/buffer/sending/take.ts'
import { moment, options } from './plant.ts'
import type { Plant } from './plant.ts'

export interface Outcome {
  readonly violations: readonly string[]
  readonly salvages: number
}

/** Opens, commits and sends until nothing waits, healing as the thread does. */
export function live({ committed, received }: Plant, path: string): Outcome {
  let store = openStore(options(path))
  let sender = new Sender(store)
  const log = received.copy()
  const notices: BufferNotice[] = []
  const healing = <T>(work: () => T): T | undefined => {
    try {
      notices.push(...reportSalvage(store, moment()))
      return work()
    } catch (error) {
      const what = damageOf(error)
      if (what === undefined) throw error
      store[Symbol.dispose]()
      store = openStore(options(path), what)
      sender = new Sender(store, sender.flights.sent)
      return undefined
    }
  }
  const fresh = ownBatch('data', [{ k: 'sample', device: 'd', t: 1_000_000, values: { p: 1 } }])
  const request = { number: 1, batches: [fresh], points: [], state: [], dropped: [] }
  let tries = 0
  while (!healing(() => commit(store, moment(), request, () => []))) if (++tries > 3) throw new Error('never commits')
  for (let turn = 0; ; turn++) {
    if (turn > 200) throw new Error('never empty')
    const sent = healing(() => take(sender, moment(), { maxBytes: 100_000, nameAll: turn === 0 }))
    if (sent && !sent.take) break
    const taken = sent?.take
    if (taken) healing(() => settle(sender, moment(), taken.requestId, log.take(taken.body)))
  }
  store[Symbol.dispose]()
  const times = new Map<number, number>()
  const violations: string[] = []
  for (const { t, value } of log.entries) {
    times.set(t, (times.get(t) ?? 0) + 1)
    if (t !== 1_000_000 && committed.get(t)?.value !== value) violations.push(`entry ${t} was altered`)
  }
  for (const [t, { name }] of committed) {
    const found = (times.get(t) ?? 0) + (log.named.get(name) ?? 0)
    if (found > 1 || found === 0) {
      violations.push(`entry ${t} (${name}): ${times.get(t) ?? 0} times, named by ${log.named.get(name) ?? 0} gaps`)
    }
  }
  if (times.get(1_000_000) !== 1) violations.push('the fresh entry did not arrive once')
  return { violations, salvages: notices.filter(({ kind }) => kind === 'salvaged').length }
}
