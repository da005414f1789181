import SQLite from 'better-sqlite3'
import { BufferError } from '../error.ts'

const damageCodes = ['SQLITE_CORRUPT', 'SQLITE_NOTADB', 'SQLITE_IOERR_SHORT_READ', 'SQLITE_IOERR_CORRUPTFS']

/** What is wrong with the file, where an error says that it is damaged; undefined for every other error. */
export function damageOf(error: unknown): string | undefined {
  if (error instanceof BufferError) return error.code === 'damaged' ? error.message : undefined
  if (!(error instanceof SQLite.SqliteError)) return undefined
  const { code, message } = error
  return damageCodes.some(known => code.startsWith(known)) ? `${message} (${code})` : undefined
}

/** As {@link damageOf}, while a file is opened: there, a table or column that is missing is damage too. */
export function damageAtOpen(error: unknown): string | undefined {
  const missing = error instanceof SQLite.SqliteError && error.code === 'SQLITE_ERROR'
  return missing ? `${error.message} (${error.code})` : damageOf(error)
}

export function damageError(what: string): BufferError {
  return new BufferError('damaged', `buffer is damaged: ${what}`)
}
