import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { basename, join } from 'node:path'
import { databaseFile } from '../file/open-file.ts'
import { applyLog } from './apply-log.ts'
import { salvage } from './salvage.ts'
import type { StoreOptions } from '../store/store.ts'
import { syncFolder } from '../file/sync-folder.ts'

/** Damaged files are kept for whoever wants to know what happened: so many, and so much of the buffer's size. */
const keepFolders = 3
const keepShare = 1 / 4

const marker = 'healing'
const prefix = 'damaged-'
/** The log as it was found: under its own name SQLite would take it up, and drop what it does not take. */
const foundLog = `${databaseFile}-wal.found`

/** Where a healing stands, so that a power cut in its midst changes nothing about its end. */
interface Healing {
  readonly folder: string
  readonly reason: string
}

/**
 * Moves a damaged database aside, with the reason, and puts in its place what can be read of it (protocol.md, R4).
 * The folder must be locked and the database closed.
 */
export function heal(options: StoreOptions, reason: string): void {
  const { path, now } = options
  const stamp = new Date(now).toISOString().replaceAll(/[-:]|\.\d+/g, '')
  let folder = `${prefix}${stamp}`
  for (let n = 2; existsSync(join(path, folder)); n++) folder = `${prefix}${stamp}-${n}`
  mkdirSync(join(path, folder), { mode: 0o700 })
  writeDurably(join(path, folder, 'reason.txt'), `${new Date(now).toISOString()} ${reason}\n`)
  writeDurably(join(path, marker), JSON.stringify({ folder, reason } satisfies Healing))
  syncFolder(path)
  resumeHealing(options)
}

/** Ends a healing that was begun; without one it does nothing. */
export function resumeHealing(options: StoreOptions): void {
  const { path, maxSizeBytes } = options
  const healing = readMarker(join(path, marker))
  if (!healing) return
  const target = join(path, healing.folder)
  // With the database gone the log that lies here belongs to its successor.
  if (!existsSync(join(target, databaseFile))) {
    mkdirSync(target, { recursive: true, mode: 0o700 })
    moveIfThere(join(path, `${databaseFile}-wal`), join(target, foundLog))
    moveIfThere(join(path, databaseFile), join(target, databaseFile))
  }
  for (const rest of [databaseFile, `${databaseFile}-shm`, `${databaseFile}-wal`])
    rmSync(join(path, rest), { force: true })
  const healed = join(path, `${databaseFile}.new`)
  rmSync(healed, { force: true })
  applyLog(join(target, databaseFile), join(target, foundLog))
  salvage(join(target, databaseFile), healed, { ...options, reason: healing.reason, folder: healing.folder })
  sync(healed)
  renameSync(healed, join(path, databaseFile))
  syncFolder(path)
  rmSync(join(path, marker))
  syncFolder(path)
  bound(path, maxSizeBytes * keepShare)
}

function readMarker(file: string): Healing | undefined {
  if (!existsSync(file)) return undefined
  try {
    const { folder, reason }: Partial<Healing> = JSON.parse(readFileSync(file, 'utf8'))
    if (typeof folder === 'string' && folder.startsWith(prefix) && basename(folder) === folder) {
      return { folder, reason: typeof reason === 'string' ? reason : 'unknown' }
    }
  } catch {
    // Torn by a power cut: nothing was moved before it was whole.
  }
  rmSync(file)
  return undefined
}

/** Removes the oldest damaged files, and those that are too large; why they were damaged stays readable. */
function bound(path: string, maxBytes: number): void {
  const folders = readdirSync(path)
    .filter(name => name.startsWith(prefix))
    .toSorted()
    .toReversed()
  let bytes = 0
  for (const [index, folder] of folders.entries()) {
    const full = join(path, folder)
    if (index >= keepFolders) {
      rmSync(full, { recursive: true, force: true })
      continue
    }
    for (const file of readdirSync(full)) {
      if (file === 'reason.txt') continue
      bytes += statSync(join(full, file)).size
      if (bytes > maxBytes) rmSync(join(full, file))
    }
  }
}

function moveIfThere(from: string, to: string): void {
  if (existsSync(from)) renameSync(from, to)
}

function writeDurably(file: string, text: string): void {
  writeFileSync(file, text, { mode: 0o600 })
  sync(file)
}

function sync(file: string): void {
  const fd = openSync(file, 'r+')
  fsyncSync(fd)
  closeSync(fd)
}
