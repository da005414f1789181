import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { type LoadedProfiles, loadProfiles } from '@lineside/device-profiles'
import { parseDocument } from '@lineside/settings'
import { nodeConfigIo } from '../../config/node-io.ts'
import type { CommandIo } from '../command.ts'
import { findConfig } from '../running-agent/config-path.ts'

/** The profiles that are built in, and those of the folder that lineside.yaml names, where there is one. */
export function knownProfiles(configPath: string | undefined, io: CommandIo): LoadedProfiles {
  const files = nodeConfigIo(io.env)
  const found = findConfig(configPath, io)
  const folder = found.ok ? ownFolder(found.path) : undefined
  const own = folder === undefined ? [] : files.list(`${folder}/**/*.yaml`)
  return loadProfiles([...files.builtinProfiles(), ...own.map(file => ({ file, text: files.read(file) ?? '' }))])
}

function ownFolder(configPath: string): string | undefined {
  const { document } = parseDocument(configPath, readFileSync(configPath, 'utf8'))
  const value = document?.value
  const written = typeof value === 'object' && value !== null && 'profiles' in value ? value.profiles : undefined
  return typeof written === 'string' ? resolve(dirname(configPath), written) : undefined
}
