import { accessSync, constants, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { formatSize } from '@lineside/settings'
import { freeBytesOf } from '../../buffer/file/free-bytes.ts'
import { databaseFile } from '../../buffer/file/open-file.ts'
import { roomFor } from '../../buffer/retention/room.ts'
import type { AgentConfig, LinkConfig } from '../../config/types.ts'
import { addressWords } from '../explore/line-places.ts'
import { lineWords } from '../explore/same-line.ts'

/** What is not wrong in the configuration, and will be a surprise on this machine; each a line with what to do. */
export async function machineWarnings(config: AgentConfig, secretFiles: Iterable<string>): Promise<readonly string[]> {
  const { folder, isFolder } = nearest(config.storage.path)
  const isUsable = isFolder && isWritable(folder)
  return [
    ...[...secretFiles].flatMap(openSecret),
    ...(await sharedAddresses(config.links.values())),
    ...(isUsable ? shortDisk(config, folder) : [unusableFolder(config, folder, isFolder)]),
  ]
}

function openSecret(file: string): string[] {
  const mode = statSync(file, { throwIfNoEntry: false })?.mode ?? 0
  if ((mode & 0o077) === 0) return []
  return [`the secret in ${file} is open to other users of this machine; type chmod 600 ${file}`]
}

/** One link has one client: two that share a way to devices disturb each other. */
async function sharedAddresses(links: Iterable<LinkConfig>): Promise<readonly string[]> {
  const hosts = [...links].flatMap(link => (link.kind === 'broker' || !('host' in link) ? [] : [link]))
  const wordsOf = await lineWords(hosts)
  const taken = new Map<string, (typeof hosts)[number]>()
  return hosts.flatMap(link => {
    const words = wordsOf(link)
    const other = words.map(word => taken.get(word)).find(each => each !== undefined)
    for (const word of words) if (!taken.has(word)) taken.set(word, link)
    if (!other) return []
    const [one, two] = [other, link].map(({ host, port }) => addressWords(host, port))
    const where = one === two ? one : `one place, ${one} and ${two}`
    return [`the links ${other.name} and ${link.name} both go to ${where}; put their devices on one link`]
  })
}

/** What is there of a path already. */
function nearest(path: string): { readonly folder: string; readonly isFolder: boolean } {
  let folder = path
  let found = statSync(folder, { throwIfNoEntry: false })
  while (!found && dirname(folder) !== folder) {
    folder = dirname(folder)
    found = statSync(folder, { throwIfNoEntry: false })
  }
  return { folder, isFolder: found?.isDirectory() === true }
}

function unusableFolder({ storage }: AgentConfig, folder: string, isFolder: boolean): string {
  const why = isFolder ? `may not be written to by this user` : 'is not a folder'
  const what = folder === storage.path ? 'can not be used' : 'can not be made'
  return `the folder ${storage.path} of the buffer ${what}: ${folder} ${why}; make it for the user that runs the agent, or change storage.path`
}

/** The buffer gets on with less than its size, and will hold less of an outage than its owner thinks. */
function shortDisk({ storage }: AgentConfig, folder: string): string[] {
  const { path, maxSizeBytes: limitBytes, minFreeBytes } = storage
  const fileBytes = statSync(join(path, databaseFile), { throwIfNoEntry: false })?.size ?? 0
  const freeBytes = freeBytesOf(folder)
  const roomBytes = roomFor({ limitBytes, fileBytes, freeBytes, minFreeBytes })
  if (freeBytes >= minFreeBytes && roomBytes >= limitBytes) return []
  const [free, floor, room, size] = [freeBytes, minFreeBytes, roomBytes, limitBytes].map(formatSize)
  return [
    freeBytes < minFreeBytes
      ? `the disk of ${path} has ${free} free, less than min_free (${floor}): the buffer may take ${room} of its max_size (${size}); free space, or lower storage.min_free`
      : `the disk of ${path} has ${free} free, and min_free (${floor}) stays: the buffer may take ${room} of its max_size (${size}); free space, or lower storage.max_size`,
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
