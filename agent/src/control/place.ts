import { messageOf } from '@lineside/contract'
import type { Logger } from 'pino'
import type { FileIdentity } from '../buffer/file/same-file.ts'
import { identityOf, isSame } from '../buffer/file/same-file.ts'
import { serveControl } from './serve.ts'
import { controlSocketPath, findControlSocket, probeSocket, runtimeSocketPath } from './socket.ts'
import type { AgentView } from './view.ts'

export interface ControlPlace extends AsyncDisposable {
  /** The buffer is open: listens in its folder from now on. */
  moveIn(): Promise<void>
  /** Where its socket vanished with the folder, or is hidden by another one, it listens anew; to be called every second. */
  look(): void
}

/**
 * Throws where an agent answers for this storage folder, or may do so without this user being allowed to ask. Only the lock
 * of the buffer is sure to keep a second one out; this is for the start on a disk where none can be taken.
 */
export async function refuseSecond(storagePath: string): Promise<void> {
  const path = await findControlSocket(storagePath)
  const found = await probeSocket(path)
  if (found === 'nobody') return
  if (found === 'closed') throw new Error(`${path}: not allowed; run this as the user that the agent runs as`)
  throw new Error(`an agent runs on the storage folder ${storagePath} already: it listens on ${path}; stop it first`)
}

/** Serves the command line: in the storage folder where the buffer is open (`isOpen`), else in one for the run time. */
export async function openControl(
  storagePath: string,
  view: AgentView,
  isOpen: () => boolean,
  log: Logger,
): Promise<ControlPlace> {
  const home = controlSocketPath(storagePath)
  let served = isOpen() ? await serveAt(home, view) : await serveAway(storagePath, view, log)
  let moving: Promise<void> = Promise.resolve()
  let isMoving = false
  const moveHome = async () => {
    try {
      const next = await serveAt(home, view)
      await served?.[Symbol.asyncDispose]()
      served = next
    } catch (error) {
      log.error({ reason: messageOf(error) }, 'the command line is not served in the storage folder')
    }
  }
  const listenAnew = async () => {
    await served?.[Symbol.asyncDispose]()
    served = undefined
    if (isOpen()) await moveHome()
    served ??= await serveAway(storagePath, view, log)
  }
  const move = (how: () => Promise<void>) => {
    isMoving = true
    moving = moving.then(how).finally(() => (isMoving = false))
    return moving
  }
  // It may have come to be open meanwhile.
  if (served?.path !== home && isOpen()) await moveHome()
  return {
    moveIn: () => move(moveHome),
    look() {
      if (isMoving || !served) return
      if (!isSame(served.file, identityOf(served.path))) void move(listenAnew)
      else if (served.path !== home && isOpen()) void move(moveHome)
    },
    async [Symbol.asyncDispose]() {
      await moving
      await served?.[Symbol.asyncDispose]()
    },
  }
}

interface Served extends AsyncDisposable {
  readonly path: string
  readonly file: FileIdentity | undefined
}

async function serveAt(path: string, view: AgentView): Promise<Served> {
  const control = await serveControl(path, view)
  return { path, file: identityOf(path), [Symbol.asyncDispose]: () => control[Symbol.asyncDispose]() }
}

/** The agent goes on without where there is no place for it. */
async function serveAway(storagePath: string, view: AgentView, log: Logger): Promise<Served | undefined> {
  const path = runtimeSocketPath(storagePath)
  try {
    if (path === undefined) throw new Error('no folder for it; see docs/buffer.md, "When the disk fails"')
    const served = await serveAt(path, view)
    log.info({ path }, 'the command line is served here until the buffer works in its folder')
    return served
  } catch (error) {
    log.error({ reason: messageOf(error) }, 'the command line is not served until the buffer is open')
    return undefined
  }
}
