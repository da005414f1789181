import { messageOf } from '@lineside/contract'
import { writeSync } from 'node:fs'
import { readlink, symlink, unlink } from 'node:fs/promises'
import { ReadStream } from 'node:tty'
import { SimulatorError } from '../error.ts'
import { closeFd, openFd, openPtyMaster, type PtyMaster, terminalFlags } from './pty-master.ts'

/** The end of a pseudo-terminal that a program has; the other one is at a path, as a serial port. */
export interface PseudoTerminal extends AsyncDisposable {
  /** The other end as the system calls it: `/dev/pts/4`. */
  readonly slavePath: string
  read(take: (chunk: Uint8Array) => void): void
  /** Sends now. Gives how many bytes the system took; where nobody reads the others are lost, as on a line. */
  write(bytes: Uint8Array): number
}

/**
 * Makes a pseudo-terminal, where a path is given with that name; needs socat. Throws SimulatorError
 * `no_pseudo_terminal`.
 */
export async function openPseudoTerminal(link: string, path?: string): Promise<PseudoTerminal> {
  const refuse = (fix: string) => (cause: unknown) => {
    const reason = messageOf(cause)
    const message = `link ${link}: no pseudo-terminal${path === undefined ? '' : ` at ${path}`} (${reason})`
    throw new SimulatorError('no_pseudo_terminal', message, fix, { cause })
  }
  const master = await openPtyMaster().catch(refuse('install socat'))
  // As long as one slave is open the master hears nothing of clients that come and go.
  const slave = await openFd(master.slavePath, terminalFlags)
  const stream = new ReadStream(master.fd)
  const end = async () => {
    stream.destroy()
    await closeFd(slave)
  }
  if (path !== undefined) {
    await linkTo(master, path).catch(async (error: unknown) => {
      await end()
      refuse('write another path')(error)
    })
  }
  return {
    slavePath: master.slavePath,
    read: take => void stream.on('data', take),
    write: bytes => writeNow(master.fd, bytes),
    async [Symbol.asyncDispose]() {
      // Another one may have taken the name over.
      if (path !== undefined && (await readlink(path).catch(() => '')) === master.slavePath) await unlink(path)
      await end()
    },
  }
}

/** A name that a program left behind which was killed is taken over. */
async function linkTo({ slavePath }: PtyMaster, path: string): Promise<void> {
  const old = await readlink(path).catch(() => '')
  if (old.startsWith('/dev/pts/')) await unlink(path)
  await symlink(slavePath, path)
}

function writeNow(fd: number, bytes: Uint8Array): number {
  try {
    return writeSync(fd, bytes)
  } catch {
    return 0
  }
}
