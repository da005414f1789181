import { spawn } from 'node:child_process'
import { close, constants, open, readFile } from 'node:fs'
import { promisify } from 'node:util'

/** The master of a new pseudo-terminal, open in this process. */
export interface PtyMaster {
  readonly fd: number
  /** What others open: `/dev/pts/4`. */
  readonly slavePath: string
}

export const openFd = promisify(open)
export const closeFd = promisify(close)

/** Not as the terminal of this process; a read or write that would have to wait fails instead. */
export const terminalFlags = constants.O_RDWR | constants.O_NOCTTY | constants.O_NONBLOCK

/** `ioctl(fd, TIOCSPTLCK, 0)` of ioctl_tty(2): until then nobody can open the slave. `stty` leaves the file blocking. */
const unlock = ['-u', 'OPEN:/dev/null', 'FD:3,nonblock,ioctl-intp=0x40045431:0']

/**
 * Makes a pseudo-terminal that passes every byte as it is. The one call that Node doesn't have is made by socat, on the
 * open file; nobody stands between the two ends afterwards. Throws where one of it fails.
 */
export async function openPtyMaster(): Promise<PtyMaster> {
  const fd = await openFd('/dev/ptmx', terminalFlags)
  try {
    // The settings of a pseudo-terminal are its slave's, whichever end they are made on.
    await run('stty', ['raw', '-echo'], [fd, 'ignore', 'pipe'])
    await run('socat', unlock, ['ignore', 'ignore', 'pipe', fd])
    const info = await promisify(readFile)(`/proc/self/fdinfo/${fd}`, 'utf8')
    const index = /^tty-index:\s+(\d+)$/m.exec(info)?.[1]
    if (index === undefined) throw new Error('the kernel does not say which pseudo-terminal it made')
    return { fd, slavePath: `/dev/pts/${index}` }
  } catch (error) {
    await closeFd(fd)
    throw error
  }
}

async function run(program: string, args: readonly string[], stdio: ('ignore' | 'pipe' | number)[]): Promise<void> {
  const child = spawn(program, args, { stdio })
  let said = ''
  child.stderr?.on('data', chunk => void (said += String(chunk)))
  const status = await new Promise<number | null>((resolve, reject) => {
    child.on('error', error => reject(new Error(`${program} could not be started (${error.message}); install it`)))
    child.on('close', resolve)
  })
  if (status !== 0) throw new Error(said.trim().split('\n').at(-1) || `${program} ended with ${status}`)
}
