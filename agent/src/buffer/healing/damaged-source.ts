import SQLite from 'better-sqlite3'
import type { Database } from 'better-sqlite3'
import { existsSync } from 'node:fs'
import { damageAtOpen, damageError } from '../file/damage.ts'
import { renewPageOne } from './page-one.ts'
import { isNewest, schemaProblem } from '../file/schema.ts'
import type { BatchRow } from '../store/rows.ts'

/** Point look-ups where a walk in key order meets damage from both sides. */
const maxProbes = 2_000_000

/** A database of which some pages can't be believed. */
export class DamagedSource implements Disposable {
  readonly #db: Database | undefined

  /** Opens without writing, but for page 1 where nothing can be read with the one that is there. */
  constructor(file: string) {
    if (!existsSync(file)) return
    this.#db = open(file)
    if (this.#db) return
    renewPageOne(file)
    this.#db = open(file)
  }

  /** Rows of a table from both ends up to what can't be read, each at least once. */
  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the columns are the table's
  read<T>(table: string, order: string, each: (row: T) => void): void {
    for (const direction of ['ASC', 'DESC']) {
      const rows = this.#iterate<T>(`SELECT * FROM ${table} ORDER BY ${order} ${direction}`)
      if (this.#walk(rows, each)) return
    }
  }

  /** As `read`; between the two ends each of the keys that may be there is asked for. */
  readBatches(each: (row: BatchRow) => void, mayBe: () => Iterable<number>): void {
    let up = -1
    let down = Infinity
    if (this.#walk(this.#iterate<BatchRow>('SELECT * FROM batches ORDER BY key'), row => each(note(row)))) return
    function note(row: BatchRow): BatchRow {
      up = Math.max(up, row.key)
      return row
    }
    const backwards = this.#iterate<BatchRow>('SELECT * FROM batches WHERE key > ? ORDER BY key DESC', up)
    this.#walk(backwards, row => {
      down = row.key
      each(row)
    })
    let probes = 0
    for (const key of mayBe()) {
      if (key <= up || key >= down) continue
      if (++probes > maxProbes) return
      this.#walk(this.#iterate<BatchRow>('SELECT * FROM batches WHERE key = ?', key), each)
    }
  }

  [Symbol.dispose](): void {
    this.#db?.close()
  }

  #iterate<T>(sql: string, ...values: number[]): () => Iterable<T> {
    return () => this.#db?.prepare<number[], T>(sql).iterate(...values) ?? []
  }

  /** Whether the walk came to its end. */
  #walk<T>(rows: () => Iterable<T>, each: (row: T) => void): boolean {
    const iterator = attempt(() => rows()[Symbol.iterator]())
    if (!iterator) return false
    for (;;) {
      const next = attempt(() => iterator.next())
      if (!next) return false
      if (next.done === true) return true
      each(next.value)
    }
  }
}

/** Undefined where the file is damaged there; what `each` throws is another matter. */
function attempt<T>(work: () => T): T | undefined {
  try {
    return work()
  } catch (error) {
    if (damageAtOpen(error) === undefined && !(error instanceof RangeError)) throw error
    return undefined
  }
}

function open(file: string): Database | undefined {
  return attempt(() => {
    const db = new SQLite(file, { readonly: true })
    try {
      db.pragma('cell_size_check = ON')
      db.prepare('SELECT key FROM batches LIMIT 0').all()
      db.prepare('SELECT id FROM streams LIMIT 0').all()
      const problem = isNewest(db) ? schemaProblem(db) : undefined
      if (problem !== undefined) throw damageError(problem)
      return db
    } catch (error) {
      db.close()
      throw error
    }
  })
}
