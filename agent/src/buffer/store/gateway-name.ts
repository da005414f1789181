import type { Database } from 'better-sqlite3'
import { damageError } from '../file/damage.ts'
import { BufferError } from '../error.ts'
import { readMeta, writeMeta } from '../file/meta.ts'
import { commitMark } from './streams.ts'

/** Batches that wait, or that a gap is owed for. */
function waitingOf(db: Database): number {
  const batches = Number(db.prepare('SELECT count(*) FROM batches').pluck().get())
  // Rows that were destroyed wait for their gap.
  const owing = Number(db.prepare(`SELECT count(*) FROM streams WHERE present <> '[]'`).pluck().get())
  return Math.max(batches, owing, readMeta(db, 'salvaged') === undefined ? 0 : 1)
}

/** Why this gateway must not take the database over; undefined where it may. */
export function nameConflict(db: Database, gateway: string, path: string): BufferError | undefined {
  const before = readMeta(db, 'gateway')
  if (before === gateway) return undefined
  const waiting = waitingOf(db)
  if (before === undefined && waiting > 0) throw damageError('the name of the gateway is missing')
  if (before !== undefined && waiting > 0) {
    return new BufferError(
      'gateway_changed',
      `buffer ${path} holds ${waiting} unsent ${waiting === 1 ? 'batch' : 'batches'} of gateway ${before}, this one is ${gateway}`,
      { hint: `start once as gateway ${before} until they are sent, or move ${path} aside` },
    )
  }
  return undefined
}

/** The database belongs to one gateway; another name is taken only when nothing waits (protocol.md, N7). */
export function takeName(db: Database, gateway: string, path: string): void {
  const conflict = nameConflict(db, gateway, path)
  if (conflict) throw conflict
  if (readMeta(db, 'gateway') === gateway) return
  db.transaction(() => {
    // Streams of the other name are unknown under this one: to name them would look like a loss.
    db.exec(`DELETE FROM streams; DELETE FROM marks WHERE id <> ${commitMark}; DELETE FROM names`)
    writeMeta(db, 'gateway', gateway)
  })()
}
