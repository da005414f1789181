import { messageOf } from '@lineside/contract'
import type Database from 'better-sqlite3'
import { prepareAppend } from './append.ts'
import { openDatabase } from './database.ts'
import type { Call, Calls, Op, StoreOutcome, StoreRequest } from './messages.ts'
import { prepareReads } from './reads.ts'
import type { Reads } from './reads.ts'
import { prepareTrim } from './trim.ts'
import type { Trimming } from './trim.ts'

/** The log's file, used by one thread: every call returns when it is done. */
export interface Store extends Reads, Trimming {
  readonly incarnation: string
  /** One transaction; when it fails, each request is tried in one of its own, so that one can't fail the others. */
  commit(ask: Calls['commit']['ask']): readonly StoreOutcome[]
  close(): void
}

/** Throws ReceiverError `log_open`. */
export function openStore(path: string): Store {
  const { db, incarnation } = openDatabase(path)
  return {
    incarnation,
    commit: prepareCommit(db),
    ...prepareReads(db),
    ...prepareTrim(db),
    close: () => void db.close(),
  }
}

/** Passes a call on to its function. */
export function answer(store: Store, call: Call): Calls[Op]['reply'] {
  switch (call.op) {
    case 'commit':
      return store.commit(call.ask)
    case 'span':
      return store.span(call.ask)
    case 'read':
      return store.read(call.ask)
    case 'trim':
      return store.trim(call.ask)
    case 'bytes':
      return store.bytes()
    case 'totals':
      return store.totals(call.ask)
    case 'close':
      store.close()
      return true
    default:
      call satisfies never
      throw new Error('the log was asked what it does not know')
  }
}

function prepareCommit(db: Database.Database): Store['commit'] {
  const appending = prepareAppend(db)
  const together = db.transaction((requests: readonly StoreRequest[], now: number): readonly StoreOutcome[] => {
    const appender = appending.start(now)
    const outcomes = requests.map(request => appender.append(request))
    appender.finish()
    return outcomes
  })
  function commit({ requests, now }: Calls['commit']['ask']): readonly StoreOutcome[] {
    try {
      return together.immediate(requests, now)
    } catch (error) {
      appending.undone()
      if (requests.length === 1) return [{ ok: false, message: messageOf(error) }]
      return requests.flatMap(request => commit({ requests: [request], now }))
    }
  }
  return commit
}
