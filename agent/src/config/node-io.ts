import { globSync, readdirSync, readFileSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { libraryFolder, type ProfileFile } from '@lineside/device-profiles'
import { whyUnreadable } from '@lineside/settings'
import type { ConfigIo } from './context.ts'

/** The files and the environment of this machine. Relative paths begin at the working folder. */
export function nodeConfigIo(env: Readonly<Record<string, string | undefined>>): ConfigIo {
  return {
    read: path => textOf(readOrReason(path)),
    list: pattern => globSync(pattern).toSorted(),
    file: readOrReason,
    env: name => env[name],
    builtinProfiles: readBuiltinProfiles,
    realPath,
  }
}

function realPath(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return path
  }
}

function readOrReason(path: string): string | undefined | { readonly error: string } {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    return whyUnreadable(error)
  }
}

function textOf(read: ReturnType<typeof readOrReason>): string | undefined {
  return typeof read === 'string' ? read : undefined
}

function readBuiltinProfiles(): readonly ProfileFile[] {
  const folder = fileURLToPath(libraryFolder)
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith('.yaml'))
    .toSorted()
    .map(name => ({ file: join(folder, name), text: readFileSync(join(folder, name), 'utf8'), isBuiltIn: true }))
}
