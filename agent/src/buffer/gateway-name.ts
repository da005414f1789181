import type { Database } from 'better-sqlite3'
import { damageError } from './damage.ts'
import { BufferError } from './error.ts'
import { readMeta, writeMeta } from './meta.ts'
import { commitMark } from './streams.ts'

/** The database belongs to one gateway; another name is taken only when nothing waits (protocol.md, N7). */
export function takeName(db: Database, gateway: string, path: string): void {
  const before = readMeta(db, 'gateway')
  if (before === gateway) return
  const batches = Number(db.prepare('SELECT count(*) FROM batches').pluck().get())
  // Rows that were destroyed wait for their gap.
  const owing = Number(db.prepare(`SELECT count(*) FROM streams WHERE present <> '[]'`).pluck().get())
  const waiting = Math.max(batches, owing, readMeta(db, 'salvaged') === undefined ? 0 : 1)
  if (before === undefined && waiting > 0) throw damageError('the name of the gateway is missing')
  if (before !== undefined && waiting > 0) {
    throw new BufferError(
      'gateway_changed',
      `buffer ${path} holds ${waiting} unsent ${waiting === 1 ? 'batch' : 'batches'} of gateway ${before}, this one is ${gateway}`,
      { hint: `start once as gateway ${before} until they are sent, or move ${path} aside` },
    )
  }
  db.transaction(() => {
    // Streams of the other name are unknown under this one: to name them would look like a loss.
    db.exec(`DELETE FROM streams; DELETE FROM marks WHERE id <> ${commitMark}; DELETE FROM names`)
    writeMeta(db, 'gateway', gateway)
  })()
}
