import { parseIntervalSet } from '@lineside/contract'
import type { IntervalSet } from '@lineside/contract'
import type { Statements } from './statements.ts'

/** One stream within a transaction. It has a row in the file once its set holds something. */
export interface StreamRow {
  readonly gateway: number
  readonly name: string
  id: number | undefined
  acked: IntervalSet
  low: number
  sealed: number | undefined
  follows: string | undefined
  changed: boolean
}

/** The streams that one transaction touches: read within it and never kept, so that a rollback leaves nothing to undo. */
export interface StreamRows {
  of(gateway: number, name: string): StreamRow
  /** The row's id in the file, which is made where it is missing. */
  idOf(row: StreamRow): number
  /**
   * Keeps which stream it follows, once there is something of it: what is said first stays. Gives another stream of the
   * gateway that follows the same one, the newest (protocol.md, N8).
   */
  follow(row: StreamRow, follows: string): string | undefined
  /** Writes what changed. */
  save(): void
}

export function createStreamRows(statements: Statements, open: OpenStreams): StreamRows {
  const { findStream, makeStream, saveStream, saveFollows, findBeside } = statements
  const rows = new Map<string, StreamRow>()

  function read(gateway: number, name: string): StreamRow {
    const found = findStream.get(gateway, name)
    if (found === undefined) {
      return { gateway, name, id: undefined, acked: [], low: 1, sealed: undefined, follows: undefined, changed: false }
    }
    const { id, acked, low, sealed, follows } = found
    const said = { low, sealed: sealed ?? undefined, follows: follows ?? undefined }
    return { gateway, name, id, acked: readSet(acked), ...said, changed: false }
  }

  function idOf(row: StreamRow): number {
    if (row.id !== undefined) return row.id
    open.add(row.gateway, 1)
    row.id = Number(makeStream.run(row.gateway, row.name).lastInsertRowid)
    return row.id
  }

  return {
    of(gateway, name) {
      const key = `${gateway} ${name}`
      const row = rows.get(key) ?? read(gateway, name)
      rows.set(key, row)
      return row
    },
    idOf,
    follow(row, follows) {
      if (row.follows === undefined && row.id !== undefined) {
        saveFollows.run(follows, row.id)
        row.follows = follows
      }
      return findBeside.get(row.gateway, row.follows ?? follows, row.name)?.name
    },
    save() {
      for (const row of rows.values()) {
        // `low` and `sealed` alone make no row: naming streams must not fill the file.
        if (!row.changed || (row.id === undefined && row.acked.length === 0)) continue
        if (isComplete(row)) open.forget(row.gateway)
        saveStream.run(JSON.stringify(row.acked), row.low, row.sealed ?? null, idOf(row))
      }
    },
  }
}

/** Nothing more comes of it: one record stays for the life of the gateway (protocol.md, N4). */
function isComplete({ acked, sealed }: StreamRow): boolean {
  const [only, ...more] = acked
  return sealed !== undefined && more.length === 0 && only?.[0] === 1 && only[1] === sealed
}

function readSet(text: string): IntervalSet {
  const set = parseIntervalSet(JSON.parse(text))
  if (set === undefined) throw new Error('a stored interval set is damaged')
  return set
}

/** How many streams of a gateway are not complete; counted when first asked for. */
export interface OpenStreams {
  count(gateway: number): number
  add(gateway: number, more: number): void
  /** Counts again when asked; all gateways after a rollback. */
  forget(gateway?: number): void
}

export function createOpenStreams({ countOpen }: Pick<Statements, 'countOpen'>): OpenStreams {
  const counts = new Map<number, number>()
  return {
    count(gateway) {
      const count = counts.get(gateway) ?? countOpen.get(gateway)?.open ?? 0
      counts.set(gateway, count)
      return count
    },
    add(gateway, more) {
      const count = counts.get(gateway)
      if (count !== undefined) counts.set(gateway, count + more)
    },
    forget(gateway) {
      if (gateway === undefined) counts.clear()
      else counts.delete(gateway)
    },
  }
}
