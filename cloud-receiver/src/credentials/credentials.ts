import { closeSync, mkdirSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import Database from 'better-sqlite3'
import { isGatewayName, messageOf } from '@lineside/contract'
import type { Clock } from '@lineside/contract'
import { ReceiverError } from '../error.ts'
import { mintToken, parseToken, verifySecret } from './token.ts'

/** One token of a gateway, as far as it may be shown. */
export interface TokenInfo {
  readonly gateway: string
  readonly id: string
  /** UTC milliseconds. */
  readonly created: number
}

export type AddResult =
  | { readonly kind: 'added'; readonly token: string; readonly id: string; readonly rotated: boolean }
  | { readonly kind: 'bad_name' }
  | { readonly kind: 'too_many'; readonly ids: readonly string[] }

/** Two tokens may be valid at a time, so that a gateway can change over without a pause. */
export const maxTokens = 2

/**
 * Who may send, in a SQLite file of its own (mode 0600): only the SHA-256 of each secret is at rest. Every call reads
 * the file, so a running receiver sees at once what a command changes.
 */
export class Credentials implements Disposable {
  readonly #db: Database.Database
  readonly #find: Database.Statement<[string], { gateway: string; hash: Buffer }>
  readonly #clock: Clock

  private constructor(db: Database.Database, clock: Clock) {
    this.#db = db
    this.#clock = clock
    this.#find = db.prepare('select gateway, hash from tokens where id = ?')
  }

  /** Makes the file when it is missing; throws ReceiverError `credentials` when that can't be done. */
  static open(path: string, clock: Clock): Credentials {
    try {
      mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
      // SQLite gives its side files the mode of the main file, so it is made here first.
      closeSync(openSync(path, 'a', 0o600))
      const db = new Database(path, { timeout: 5000 })
      db.pragma('journal_mode = WAL')
      db.pragma('synchronous = FULL')
      db.exec(`create table if not exists tokens (
        id text primary key, gateway text not null, hash blob not null, created integer not null) strict`)
      return new Credentials(db, clock)
    } catch (error) {
      throw new ReceiverError('credentials', `can't open credentials ${path}: ${messageOf(error)}`, {
        hint: 'the receiver must be able to write its data folder',
        cause: error,
      })
    }
  }

  /** The gateway that a presented token belongs to; undefined when the token is not valid. */
  verify(token: string): string | undefined {
    const parts = parseToken(token)
    if (parts === undefined) return undefined
    const row = this.#find.get(parts.id)
    return verifySecret(parts.secret, row?.hash) ? row?.gateway : undefined
  }

  /** A new token for a gateway: its first, or a second one to change over to. */
  add(gateway: string): AddResult {
    if (!isGatewayName(gateway)) return { kind: 'bad_name' }
    const add = this.#db.transaction((): AddResult => {
      const held = this.list(gateway)
      if (held.length >= maxTokens) return { kind: 'too_many', ids: held.map(t => t.id) }
      const { id, token, hash } = mintToken()
      this.#db
        .prepare('insert into tokens (id, gateway, hash, created) values (?, ?, ?, ?)')
        .run(id, gateway, hash, this.#clock.now())
      return { kind: 'added', token, id, rotated: held.length > 0 }
    })
    return add.immediate()
  }

  /** Oldest first; of one gateway or of all. */
  list(gateway?: string): readonly TokenInfo[] {
    return gateway === undefined
      ? this.#db
          .prepare<[], TokenInfo>('select gateway, id, created from tokens order by gateway, created, rowid')
          .all()
      : this.#db
          .prepare<[string], TokenInfo>(
            'select gateway, id, created from tokens where gateway = ? order by created, rowid',
          )
          .all(gateway)
  }

  /** Revokes one token of a gateway, or all; gives how many there were. */
  remove(gateway: string, id?: string): number {
    const done =
      id === undefined
        ? this.#db.prepare('delete from tokens where gateway = ?').run(gateway)
        : this.#db.prepare('delete from tokens where gateway = ? and id = ?').run(gateway, id)
    return done.changes
  }

  [Symbol.dispose](): void {
    this.#db.close()
  }
}
