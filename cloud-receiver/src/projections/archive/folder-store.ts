import { messageOf } from '@lineside/contract'
import { randomUUID } from 'node:crypto'
import { access, link, mkdir, open, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join, relative, sep } from 'node:path'
import { ReceiverError } from '../../error.ts'
import type { ObjectStore } from './object-store.ts'

const temporary = '.incoming'

/**
 * An archive in a folder (protocol.md, A4): temporary file, fsync, `link()`, whose EEXIST is S3's 412. The folders are
 * synced too, so that a name survives a power cut. What an earlier run left unfinished is removed.
 *
 * Nothing is written into another folder than the one that was opened, which would break the chain of its intents: while it
 * is moved away, or something is mounted over it, puts fail, and no folder is made in its place.
 */
export async function openFolderStore(root: string): Promise<ObjectStore> {
  const incoming = join(root, temporary)
  /** Is there while it is the folder that this run opened. */
  const mark = join(incoming, randomUUID())
  let count = 0
  const ensureFolder = createFolderMaker(root)

  const at = <T>(what: string, work: Promise<T>): Promise<T> =>
    work.catch((error: unknown) => {
      throw new ReceiverError('archive', `archive folder ${root}: can't ${what}: ${messageOf(error)}`, { cause: error })
    })

  async function put(key: string, bytes: Uint8Array): Promise<'created' | 'exists'> {
    const path = join(root, key)
    await access(mark).catch(() => {
      throw new Error('it is away, or is another folder now; put it back, or restart the receiver to begin anew there')
    })
    await ensureFolder(dirname(path))
    const draft = join(incoming, `${count++}`)
    try {
      await writeDurably(draft, bytes)
      const outcome = await linkUnlessThere(draft, path)
      await syncFolder(dirname(path))
      return outcome
    } finally {
      // Also after a failure: drafts of retries would fill the room that a full disk gets back. Why the put failed
      // says more than why this did.
      await rm(draft, { force: true }).catch(() => undefined)
    }
  }

  await at(
    'prepare it',
    rm(incoming, { recursive: true, force: true })
      .then(() => mkdir(incoming, { recursive: true }))
      .then(() => writeFile(mark, '')),
  )
  return {
    putIfAbsent: (key, bytes) => at(`write ${key}`, put(key, bytes)),
    get: key =>
      at(
        `read ${key}`,
        readFile(join(root, key)).catch((error: unknown) => {
          if (isCode(error, 'ENOENT')) return undefined
          throw error
        }),
      ),
    list: prefix => at(`list ${prefix}`, listKeys(root, prefix)),
  }
}

/** Makes a folder and all above it durable; each only once a run. */
function createFolderMaker(root: string): (folder: string) => Promise<void> {
  const synced = new Set<string>()
  return async function ensure(folder) {
    if (synced.has(folder)) return
    await mkdir(folder, { recursive: true })
    if (folder !== root && folder.startsWith(root)) {
      await ensure(dirname(folder))
      await syncFolder(dirname(folder))
    }
    if (synced.size > 10_000) synced.clear()
    synced.add(folder)
  }
}

async function listKeys(root: string, prefix: string): Promise<readonly string[]> {
  try {
    const found = await readdir(join(root, prefix), { recursive: true, withFileTypes: true })
    return found
      .filter(entry => entry.isFile())
      .map(entry => relative(root, join(entry.parentPath, entry.name)).split(sep).join('/'))
      .filter(key => !key.startsWith(`${temporary}/`))
  } catch (error) {
    if (isCode(error, 'ENOENT')) return []
    throw error
  }
}

async function writeDurably(path: string, bytes: Uint8Array): Promise<void> {
  const file = await open(path, 'w', 0o644)
  try {
    await file.writeFile(bytes)
    await file.sync()
  } finally {
    await file.close()
  }
}

async function linkUnlessThere(from: string, to: string): Promise<'created' | 'exists'> {
  try {
    await link(from, to)
    return 'created'
  } catch (error) {
    if (isCode(error, 'EEXIST')) return 'exists'
    throw error
  }
}

async function syncFolder(folder: string): Promise<void> {
  // Windows can't open a folder for syncing, and does not need it.
  if (process.platform === 'win32') return
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}
