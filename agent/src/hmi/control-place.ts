import type { Logger } from 'pino'
import { serveControl } from './control.ts'
import { controlSocketPath, findControlSocket, probeSocket, runtimeSocketPath } from './control-socket.ts'
import type { AgentView } from './view.ts'

export interface ControlPlace extends AsyncDisposable {
  /** The buffer is open: listens in its folder from now on. */
  moveIn(): Promise<void>
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

/** Serves the command line: in the storage folder, or in one for the run time until the buffer is open. */
export async function openControl(
  storagePath: string,
  view: AgentView,
  isOpen: () => boolean,
  log: Logger,
): Promise<ControlPlace> {
  const home = controlSocketPath(storagePath)
  const isHome = isOpen()
  let served = isHome ? await serveControl(home, view) : await serveAway(storagePath, view, log)
  let moving: Promise<void> = Promise.resolve()
  const move = async () => {
    try {
      const next = await serveControl(home, view)
      await served?.[Symbol.asyncDispose]()
      served = next
    } catch (error) {
      log.error({ reason: reasonOf(error) }, 'the command line is not served in the storage folder')
    }
  }
  // It may have come to be open meanwhile.
  if (!isHome && isOpen()) await move()
  return {
    moveIn() {
      moving = moving.then(move)
      return moving
    },
    async [Symbol.asyncDispose]() {
      await moving
      await served?.[Symbol.asyncDispose]()
    },
  }
}

/** The agent goes on without where there is no place for it. */
async function serveAway(storagePath: string, view: AgentView, log: Logger): Promise<AsyncDisposable | undefined> {
  const path = runtimeSocketPath(storagePath)
  try {
    if (path === undefined) throw new Error('no folder for it; see docs/buffer.md, "When the disk fails"')
    const served = await serveControl(path, view)
    log.info({ path }, 'the command line is served here until the buffer is open')
    return served
  } catch (error) {
    log.error({ reason: reasonOf(error) }, 'the command line is not served until the buffer is open')
    return undefined
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
