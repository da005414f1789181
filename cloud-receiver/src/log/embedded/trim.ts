import type Database from 'better-sqlite3'
import type { Calls } from './messages.ts'
import { perTopic } from './per-topic.ts'

/** Stored rows that one trim deletes at most, so that a commit does not wait long for it. */
const trimRows = 200

export interface Trimming {
  /** Entries of the oldest rows that went; 0: nothing may go. */
  trim(ask: Calls['trim']['ask']): number
  /** What all that is stored takes in the file. */
  bytes(): number
}

interface OldRow {
  readonly first: number
  readonly count: number
  readonly received: number
}

export function prepareTrim(db: Database.Database): Trimming {
  const oldest = perTopic(topic =>
    db.prepare<[number], OldRow>(
      `select first, count, received from ${topic} where first + count <= ? order by first limit ${trimRows}`,
    ),
  )
  const remove = perTopic(topic => db.prepare<[number]>(`delete from ${topic} where first <= ?`))
  const pages = (name: string) => Number(db.pragma(name, { simple: true }))
  return {
    trim({ topic, before, receivedBefore = Infinity }) {
      const found = oldest[topic].all(before)
      const young = found.findIndex(({ received }) => received >= receivedBefore)
      const old = young < 0 ? found : found.slice(0, young)
      const last = old.at(-1)
      if (last !== undefined) remove[topic].run(last.first)
      return old.reduce((sum, { count }) => sum + count, 0)
    },
    // What was deleted is used again, so the file itself never gets smaller.
    bytes: () => (pages('page_count') - pages('freelist_count')) * pages('page_size'),
  }
}
