import { createHash } from 'node:crypto'
import { lstatSync, mkdirSync, statSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Where the agent that owns this storage folder listens for its own command line, while it can write to it. */
export function controlSocketPath(storagePath: string): string {
  return join(storagePath, 'control.sock')
}

/** Where it listens while it can't: the first of them that this user may have. Makes folders. */
export function runtimeSocketPath(storagePath: string): string | undefined {
  const uid = ownUid()
  if (uid === undefined) return undefined
  const folder = runtimeFolders(uid).find(candidate => isUsable(candidate, uid))
  return folder === undefined ? undefined : join(folder, socketName(storagePath))
}

/** Where a command finds the agent of this storage folder; where none listens, where it usually does. */
export async function findControlSocket(storagePath: string): Promise<string> {
  const paths = controlSocketPaths(storagePath)
  const found = await Promise.all(paths.map(probeSocket))
  return paths[found.findIndex(state => state !== 'nobody')] ?? controlSocketPath(storagePath)
}

/** `closed`: somebody may listen, and this user may not ask. */
export function probeSocket(path: string): Promise<'listening' | 'closed' | 'nobody'> {
  return new Promise(resolve => {
    const socket = connect(path)
    socket.once('connect', () => {
      socket.destroy()
      resolve('listening')
    })
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code === 'EACCES' ? 'closed' : 'nobody'))
  })
}

/** Only such folders as nobody else can have made. */
function controlSocketPaths(storagePath: string): readonly string[] {
  const owner = statSync(storagePath, { throwIfNoEntry: false })?.uid
  const users = new Set([ownUid(), owner].filter(uid => uid !== undefined))
  const found = [...users].flatMap(uid => runtimeFolders(uid).filter(folder => isOf(folder, uid)))
  return [controlSocketPath(storagePath), ...found.map(folder => join(folder, socketName(storagePath)))]
}

function ownUid(): number | undefined {
  return process.getuid?.()
}

/** Folders in memory, as the disk may be the one that refuses; those of the system go before those that anyone may make. */
function runtimeFolders(uid: number): readonly string[] {
  const session = process.env['XDG_RUNTIME_DIR']
  const own = session === undefined || session === '' ? [] : [join(session, 'lineside')]
  return [...own, '/run/lineside', join('/dev/shm', `lineside-${uid}`), join(tmpdir(), `lineside-${uid}`)]
}

/** Agents of several storage folders may run on one machine. */
function socketName(storagePath: string): string {
  const name = createHash('sha256').update(storagePath).digest('hex').slice(0, 16)
  return `${name}.sock`
}

function isUsable(folder: string, uid: number): boolean {
  try {
    mkdirSync(folder, { mode: 0o700 })
  } catch {
    // It is there already, or can't be made; the next line tells.
  }
  return isOf(folder, uid)
}

/** Whether it is a folder of this user that no other can put a socket into. */
function isOf(folder: string, uid: number): boolean {
  const found = lstatSync(folder, { throwIfNoEntry: false })
  return found?.isDirectory() === true && found.uid === uid && (found.mode & 0o022) === 0
}
