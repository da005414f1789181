import { isUtf8 } from 'node:buffer'
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { type CommandIo, RefusedError } from '../command.ts'

const mostMB = 32

/** Text of a file that a person names. Throws a RefusedError where it isn't there, is too large, or is no UTF-8. */
export function readText(named: string, io: CommandIo): string {
  const path = resolve(io.cwd, named)
  const bytes = attempt(() => {
    if (statSync(path).size > mostMB * 1e6) throw new RefusedError(`${named} has more than ${mostMB} MB`)
    return readFileSync(path)
  }, named)
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)) {
    throw new RefusedError(`${named} is UTF-16; save it as UTF-8 ("CSV UTF-8" in a spreadsheet)`)
  }
  if (!isUtf8(bytes)) {
    const lines = bytes.toString('latin1').split('\n')
    const line = lines.findIndex(text => !isUtf8(Buffer.from(text, 'latin1'))) + 1
    throw new RefusedError(
      `${named}:${line} has a character that is no UTF-8; save it as UTF-8 ("CSV UTF-8" in a spreadsheet)`,
    )
  }
  return bytes.toString('utf8')
}

/** Throws a RefusedError where a file is there that may not be replaced. */
export function refuseToReplace(path: string, mayReplace: boolean | undefined): void {
  if (existsSync(path) && mayReplace !== true) {
    throw new RefusedError(`${path} is there already; --replace writes over it`)
  }
}

/** Writes a file, and the folders that it is in. Throws a RefusedError with the system's reason. */
export function writeText(path: string, text: string): void {
  attempt(
    () => {
      makeFolders(dirname(path))
      writeFileSync(path, text)
    },
    path,
    { ENOENT: 'can not be made there; name another folder' },
  )
}

/** One after the other: below /proc the runtime's own way of making them all never ends. */
function makeFolders(folder: string): void {
  if (existsSync(folder)) return
  makeFolders(dirname(folder))
  mkdirSync(folder)
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'is not there',
  EACCES: 'may not be opened by this user',
  EISDIR: 'is a folder; name a file',
  ENOTDIR: 'is below something that is no folder',
  ENOSPC: 'does not fit: the disk is full',
  EROFS: 'is on a file system that is read-only',
}

/** Gives what `io` gives; throws a RefusedError that says in words what the system says of this file. */
export function attempt<T>(io: () => T, named: string, own: typeof reasons = {}): T {
  try {
    return io()
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error
    throw new RefusedError(
      `${named} ${own[String(error.code)] ?? reasons[String(error.code)] ?? `fails: ${error.message}`}`,
      { cause: error },
    )
  }
}
