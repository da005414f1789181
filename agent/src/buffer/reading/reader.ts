import { countSeqs, messageOf } from '@lineside/contract'
import SQLite from 'better-sqlite3'
import type { Database } from 'better-sqlite3'
import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { StreamKind } from '../api.ts'
import { BufferError } from '../error.ts'
import { damageError } from '../file/damage.ts'
import { fileBytesOf, usedBytesOf } from '../file/file-size.ts'
import { highWaterProblem, readHighWater } from '../store/high-water.ts'
import type { HighWater } from '../store/high-water.ts'
import { nameConflict } from '../store/gateway-name.ts'
import { readMeta } from '../file/meta.ts'
import { databaseFile } from '../file/open-file.ts'
import { rateOf } from './rate.ts'
import type { Written } from './rate.ts'
import { newestVersion } from '../file/schema.ts'
import type { BatchRow } from '../store/rows.ts'
import { keyOf, nameOf, readStreams } from '../store/streams.ts'
import type { StreamRow } from '../store/streams.ts'

/** What waits of one stream. */
export interface WaitingStream {
  readonly stream: string
  readonly kind: StreamKind
  readonly run: number
  readonly batches: number
  readonly readings: number
  readonly bytes: number
  /** UTC ms of the commit of its oldest batch. */
  readonly oldestMs?: number
}

/** One row in quarantine. */
export interface Quarantined {
  /** By which it can be released. */
  readonly n: number
  readonly stream: string
  readonly seq: number
  readonly last: number
  /** UTC ms of when it came here. */
  readonly t: number
  readonly reason: string
  readonly message: string
  readonly readings: number
}

/** Rows of one read: short, so that the log of the running agent can be taken into its database between two of them. */
const pageRows = 200
/** Newest batches from which the rate of writing is taken. */
const rateRows = 1000

/** Reads a buffer beside the agent that writes it, and changes nothing. */
export class BufferReader implements Disposable {
  readonly gateway: string
  readonly #db: Database
  readonly #folder: string

  /** Throws a BufferError where there is no buffer of this version in the folder, or it may not be read. */
  constructor(folder: string) {
    this.#folder = folder
    const file = join(folder, databaseFile)
    if (!existsSync(file)) throw new BufferError('open_failed', `there is no buffer in ${folder}`)
    // SQLite drops the log of an empty database, also where it may only read.
    if (statSync(file).size === 0) throw damageError(`${file} is empty`)
    try {
      this.#db = new SQLite(file, { readonly: true, timeout: 2000 })
    } catch (cause) {
      const why = messageOf(cause)
      const hint = 'run this as the user that the agent runs as'
      throw new BufferError('open_failed', `${file}: ${why}`, { hint, cause })
    }
    try {
      const version = Number(this.#db.pragma('user_version', { simple: true }))
      if (version === 0) throw damageError(`nothing can be read of ${file}`)
      if (version !== newestVersion) {
        const hint = 'start the agent once, with the version of this command'
        throw new BufferError('too_new', `${file} has version ${version}, this command reads ${newestVersion}`, {
          hint,
        })
      }
      this.gateway = readMeta(this.#db, 'gateway') ?? ''
    } catch (error) {
      this.#db.close()
      throw error
    }
  }

  /** Why an agent of this name would not start on this buffer; undefined where it would. */
  refusalOf(gateway: string): BufferError | undefined {
    return nameConflict(this.#db, gateway, this.#folder)
  }

  streams(): ReadonlyMap<number, StreamRow> {
    return readStreams(this.#db)
  }

  /** How far streams had come by the file beside the database, and what is wrong with that file. */
  highWater(): { readonly found: readonly HighWater[]; readonly problem: string | undefined } {
    return { found: readHighWater(this.#folder, this.gateway), problem: highWaterProblem(this.#folder) }
  }

  waiting(): readonly WaitingStream[] {
    const committedAt = this.#db.prepare<[number], number>('SELECT t FROM batches WHERE key = ?').pluck()
    return [...this.streams().values()].flatMap(({ id, stream, kind, run, present, readings, bytes }) => {
      const first = present[0]?.[0]
      if (first === undefined) return []
      const oldestMs = committedAt.get(keyOf(id, first))
      const row = { stream, kind, run, batches: countSeqs(present), readings, bytes }
      return [{ ...row, ...(oldestMs === undefined ? {} : { oldestMs }) }]
    })
  }

  /** Bytes that hold something. */
  usedBytes(): number {
    return usedBytesOf(this.#db)
  }

  /** Bytes of the file, with what was freed and may be used again. */
  fileBytes(): number {
    return fileBytesOf(this.#db)
  }

  /** Bytes a second of the newest data that waits; undefined where too little waits to tell. */
  bytesPerSecond(): number | undefined {
    const newest = [...this.streams().values()].findLast(row => row.kind === 'data' && row.present.length > 0)
    if (!newest) return undefined
    const found = this.#db
      .prepare<[number, number, number], Omit<Written, 'batches'> & { key: number; last: number }>(
        `SELECT key, last, t, length(member) + 64 AS bytes FROM batches
         WHERE key BETWEEN ? AND ? ORDER BY key DESC LIMIT ?`,
      )
      .all(keyOf(newest.id, 1), keyOf(newest.id, newest.high), rateRows)
    return rateOf(found.map(({ key, last, ...row }) => ({ ...row, batches: last - nameOf(key).seq + 1 })))
  }

  quarantined(): readonly Quarantined[] {
    return this.#db
      .prepare<[], Quarantined>(
        'SELECT n, stream, seq, last, t, reason, message, readings FROM quarantine ORDER BY n DESC LIMIT 1000',
      )
      .all()
  }

  /** What is in quarantine, as members; one at a time, as the running agent may let go of them. */
  *quarantinedBatches(): Iterable<{ readonly batch: { readonly member: Buffer } }> {
    const next = this.#db.prepare<[number], { n: number; member: Buffer }>(
      'SELECT n, member FROM quarantine WHERE n > ? ORDER BY n LIMIT 1',
    )
    for (let batch = next.get(0); batch; batch = next.get(batch.n)) yield { batch }
  }

  /** Devices that readings were ever committed of. */
  devices(): readonly string[] {
    return this.#db.prepare<[], string>('SELECT DISTINCT device FROM points ORDER BY device').pluck().all()
  }

  /** Some of the rows of a stream from a seq on, with the stream as it was at that moment; nothing once it is gone. */
  page(id: number, from: number): { readonly row: StreamRow; readonly batches: readonly BatchRow[] } | undefined {
    return this.#db.transaction(() => {
      const row = this.streams().get(id)
      if (!row) return undefined
      const sql = 'SELECT * FROM batches WHERE key BETWEEN ? AND ? ORDER BY key LIMIT ?'
      const rows = this.#db.prepare<[number, number, number], BatchRow>(sql)
      return { row, batches: rows.all(keyOf(id, from), keyOf(id, row.high), pageRows) }
    })()
  }

  /** Every batch that waits, oldest stream first. */
  *batches(): Iterable<{ readonly stream: string; readonly batch: BatchRow }> {
    for (const { id, stream } of this.streams().values()) {
      for (let from = 1; ; ) {
        const found = this.page(id, from)
        if (!found || found.batches.length === 0) break
        for (const batch of found.batches) yield { stream, batch }
        from = (found.batches.at(-1)?.last ?? found.row.high) + 1
      }
    }
  }

  [Symbol.dispose](): void {
    this.#db.close()
  }
}
