import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { libraryFolder, type ProfileFile } from '@lineside/device-profiles'
import type { PlantIo } from './load.ts'

/** Files and environment of this machine. Relative paths begin at the working folder. */
export function nodePlantIo(env: Readonly<Record<string, string | undefined>>): PlantIo {
  return {
    read: readText,
    file: readText,
    env: name => env[name],
    builtinProfiles: () => profilesIn(fileURLToPath(libraryFolder)),
    profilesIn,
  }
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}

function profilesIn(folder: string): readonly ProfileFile[] {
  let names: string[]
  try {
    names = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  } catch {
    return []
  }
  return names
    .filter(name => name.endsWith('.yaml'))
    .toSorted()
    .map(name => ({ file: join(folder, name), text: readText(join(folder, name)) ?? '' }))
}
