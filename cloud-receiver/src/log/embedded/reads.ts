import type Database from 'better-sqlite3'
import { topics } from '../log.ts'
import type { Totals } from '../log.ts'
import type { Calls, Span, StoredRow } from './messages.ts'
import { perTopic } from './per-topic.ts'

/** Greatest sum of stored bytes that one read gives, unless a single row is bigger. */
const readBytes = 4 * 1024 * 1024

export interface Reads {
  span(ask: Calls['span']['ask']): Span
  read(ask: Calls['read']['ask']): readonly StoredRow[]
  totals(ask: Calls['totals']['ask']): Calls['totals']['reply']
}

/** Everything that changes nothing. Throws where the file contradicts itself. */
export function prepareReads(db: Database.Database): Reads {
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
