import type { Database, Statement } from 'better-sqlite3'
import type { Topic } from '../log.ts'

interface FoundStream {
  readonly id: number
  readonly acked: string
  readonly low: number
  readonly sealed: number | null
  readonly follows: string | null
}

/** What appending says to the database, prepared once. */
export interface Statements {
  readonly insert: Readonly<Record<Topic, Statement>>
  readonly findGateway: Statement<[string], { id: number }>
  readonly makeGateway: Statement<[string]>
  readonly findStream: Statement<[number, string], FoundStream>
  readonly makeStream: Statement<[number, string]>
  readonly saveStream: Statement
  readonly saveFollows: Statement<[string, number]>
  readonly findBeside: Statement<[number, string, string], { name: string }>
  readonly countOpen: Statement<[number], { open: number }>
  readonly saveTotals: Statement
  readonly findEnds: Statement<[], { topic: Topic; end: number }>
  readonly saveEnd: Statement
}

export function prepareStatements(db: Database): Statements {
  return {
    insert: {
      samples: db.prepare('insert into samples values (?, ?, ?, ?, ?, ?, ?)'),
      events: db.prepare('insert into events values (?, ?, ?, ?, ?, ?, ?)'),
    },
    findGateway: db.prepare<[string], { id: number }>('select id from gateways where name = ?'),
    makeGateway: db.prepare<[string]>('insert into gateways (name) values (?)'),
    findStream: db.prepare<[number, string], FoundStream>(
      'select id, acked, low, sealed, follows from streams where gateway = ? and name = ?',
    ),
    makeStream: db.prepare<[number, string]>(`insert into streams (gateway, name, acked) values (?, ?, '[]')`),
    saveStream: db.prepare('update streams set acked = ?, low = ?, sealed = ? where id = ?'),
    saveFollows: db.prepare('update streams set follows = ? where id = ?'),
    findBeside: db.prepare(
      'select name from streams where gateway = ? and follows = ? and name <> ? order by id desc limit 1',
    ),
    countOpen: db.prepare<[number], { open: number }>(
      `select count(*) as open from streams
       where gateway = ? and (sealed is null or acked <> '[[1,' || sealed || ']]')`,
    ),
    saveTotals: db.prepare(
      'update gateways set batches = batches + ?, entries = entries + ?, readings = readings + ?, received = ? where id = ?',
    ),
    findEnds: db.prepare<[], { topic: Topic; end: number }>('select topic, "end" from ends'),
    saveEnd: db.prepare('update ends set "end" = ? where topic = ?'),
  }
}
