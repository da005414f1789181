import { accessSync, constants, statSync } from 'node:fs'
import { dirname } from 'node:path'
import type { AgentConfig, LinkConfig } from '../config/types.ts'

/** What is not wrong in the configuration, and will be a surprise on this machine; each a line with what to do. */
export function machineWarnings(config: AgentConfig, secretFiles: Iterable<string>): readonly string[] {
  return [...[...secretFiles].flatMap(openSecret), ...sharedAddresses(config.links.values()), ...unusableFolder(config)]
}

function openSecret(file: string): string[] {
  const mode = statSync(file, { throwIfNoEntry: false })?.mode ?? 0
  if ((mode & 0o077) === 0) return []
  return [`the secret in ${file} is open to other users of this machine; type chmod 600 ${file}`]
}

/** One link has one client: two that share a way to devices disturb each other. */
function sharedAddresses(links: Iterable<LinkConfig>): string[] {
  const taken = new Map<string, string>()
  const warnings: string[] = []
  for (const link of links) {
    if (link.kind === 'broker' || !('host' in link)) continue
    const address = `${link.host}:${link.port}`
    const other = taken.get(address)
    if (other === undefined) taken.set(address, link.name)
    else warnings.push(`the links ${other} and ${link.name} both go to ${address}; put their devices on one link`)
  }
  return warnings
}

function unusableFolder({ storage }: AgentConfig): string[] {
  let folder = storage.path
  let found = statSync(folder, { throwIfNoEntry: false })
  while (!found && dirname(folder) !== folder) {
    folder = dirname(folder)
    found = statSync(folder, { throwIfNoEntry: false })
  }
  if (found?.isDirectory() === true && isWritable(folder)) return []
  const why = found?.isDirectory() === true ? `may not be written to by this user` : 'is not a folder'
  const what = folder === storage.path ? 'can not be used' : 'can not be made'
  return [
    `the folder ${storage.path} of the buffer ${what}: ${folder} ${why}; make it for the user that runs the agent, or change storage.path`,
  ]
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK | constants.X_OK)
    return true
  } catch {
    return false
  }
}
