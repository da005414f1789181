import type Database from 'better-sqlite3'
import { messageOf } from '../../error.ts'
import { topics } from '../log.ts'
import type { Topic, Totals } from '../log.ts'
import { prepareAppend } from './append.ts'
import { openDatabase } from './database.ts'
import type { Call, Calls, Op, Span, StoreOutcome, StoreRequest, StoredRow } from './messages.ts'

/** Greatest sum of stored bytes that one read gives, unless a single row is bigger. */
const readBytes = 4 * 1024 * 1024

/** The log's file, used by one thread: every call returns when it is done. */
export interface Store {
  readonly incarnation: string
  /** One transaction; when it fails, each request is tried in one of its own, so that one can't fail the others. */
  commit(ask: Calls['commit']['ask']): readonly StoreOutcome[]
  span(ask: Calls['span']['ask']): Span
  read(ask: Calls['read']['ask']): readonly StoredRow[]
  trim(ask: Calls['trim']['ask']): number
  totals(ask: Calls['totals']['ask']): Calls['totals']['reply']
  close(): void
}

/** Throws ReceiverError `log_open`. */
export function openStore(path: string): Store {
  const { db, incarnation } = openDatabase(path)
  return {
    incarnation,
    commit: prepareCommit(db),
    ...prepareReads(db),
    trim: prepareTrim(db),
    close: () => void db.close(),
  }
}

/** Passes a call on to its function. */
export function answer(store: Store, call: Call): Calls[Op]['reply'] {
  if (call.op === 'commit') return store.commit(call.ask)
  if (call.op === 'span') return store.span(call.ask)
  if (call.op === 'read') return store.read(call.ask)
  if (call.op === 'trim') return store.trim(call.ask)
  if (call.op === 'totals') return store.totals(call.ask)
  store.close()
  return true
}

function prepareCommit(db: Database.Database): Store['commit'] {
  const start = prepareAppend(db)
  const together = db.transaction((requests: readonly StoreRequest[], now: number): readonly StoreOutcome[] => {
    const appender = start(now)
    const outcomes = requests.map(request => appender.append(request))
    appender.finish()
    return outcomes
  })
  function commit({ requests, now }: Calls['commit']['ask']): readonly StoreOutcome[] {
    try {
      return together.immediate(requests, now)
    } catch (error) {
      if (requests.length === 1) return [{ ok: false, message: messageOf(error) }]
      return requests.flatMap(request => commit({ requests: [request], now }))
    }
  }
  return commit
}

/** Stored rows that one trim deletes at most, so that a commit does not wait long for it. */
const trimRows = 200

function prepareTrim(db: Database.Database): Store['trim'] {
  const oldest = perTopic(topic =>
    db.prepare<[number], { first: number; count: number }>(
      `select first, count from ${topic} where first + count <= ? order by first limit ${trimRows}`,
    ),
  )
  const remove = perTopic(topic => db.prepare<[number]>(`delete from ${topic} where first <= ?`))
  const pages = (name: string) => Number(db.pragma(name, { simple: true }))
  return ({ topic, before, maxBytes }) => {
    const used = (pages('page_count') - pages('freelist_count')) * pages('page_size')
    if (used <= maxBytes) return 0
    const found = oldest[topic].all(before)
    const last = found.at(-1)
    if (last !== undefined) remove[topic].run(last.first)
    return found.reduce((sum, { count }) => sum + count, 0)
  }
}

function perTopic<T>(make: (topic: Topic) => T): Record<Topic, T> {
  return { samples: make('samples'), events: make('events') }
}

function prepareReads(db: Database.Database): Pick<Store, 'span' | 'read' | 'totals'> {
  const ends = db.prepare<[string], { end: number }>('select "end" from ends where topic = ?')
  const begins = perTopic(topic => db.prepare<[], { begin: number | null }>(`select min(first) as begin from ${topic}`))
  const rows = perTopic(topic =>
    db.prepare<[number, number], StoredRow>(
      `select first, count, gateways.name as gateway, streams.name as stream, seq, ${topic}.received, idx, body
       from ${topic} join streams on streams.id = ${topic}.stream join gateways on gateways.id = streams.gateway
       where first >= coalesce((select max(first) from ${topic} where first <= ?), 0) and first < ? order by first`,
    ),
  )
  const totals = db.prepare<[string], Totals>(
    'select batches, entries, readings, received from gateways where name = ? and batches > 0',
  )
  const last = perTopic(topic =>
    db.prepare<[], { end: number }>(`select first + count as "end" from ${topic} order by first desc limit 1`),
  )
  for (const topic of topics) {
    const [stated, found] = [ends.get(topic)?.end, last[topic].get()?.end]
    if (found !== undefined && found !== stated) {
      throw new Error(`topic ${topic} ends at ${found}, its record says ${stated}: the file is damaged`)
    }
  }
  return {
    span({ topic }) {
      const end = ends.get(topic)?.end ?? 0
      return { begin: begins[topic].get()?.begin ?? end, end }
    },
    read({ topic, from, to, limit }) {
      const found: StoredRow[] = []
      let entries = 0
      let bytes = 0
      for (const row of rows[topic].iterate(from, to)) {
        if (row.first + row.count <= from) continue
        found.push(row)
        entries += row.count
        bytes += row.body.byteLength
        if (entries >= limit || bytes >= readBytes) break
      }
      return found
    },
    totals: ({ gateway }) => ({ totals: totals.get(gateway) }),
  }
}
