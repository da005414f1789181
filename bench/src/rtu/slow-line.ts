import { once } from 'node:events'
import { symlink, unlink } from 'node:fs/promises'
import { Worker } from 'node:worker_threads'
import { closeFd, openFd, openPtyMaster, terminalFlags } from '../../../simulator/src/servers/pty-master.ts'
import { countNames, type LineCounts } from './line-counts.ts'

/** What the thread of a line is given. */
export interface LineThreadData {
  readonly clientFd: number
  readonly deviceFd: number
  readonly byteMs: number
  /** Not 0: the line ends. */
  readonly control: Int32Array
  readonly counts: Float64Array
}

/** A serial line between a client and a device, on which a byte takes its time. */
export interface SlowLine extends AsyncDisposable {
  counts(): LineCounts
}

/** Puts a line between `clientPath`, which it makes, and the pseudo-terminal of a device at `devicePath`; needs socat. */
export async function openSlowLine(clientPath: string, devicePath: string, byteMs: number): Promise<SlowLine> {
  const deviceFd = await openFd(devicePath, terminalFlags)
  const client = await openPtyMaster()
  const held = await openFd(client.slavePath, terminalFlags)
  await symlink(client.slavePath, clientPath)
  const control = new Int32Array(new SharedArrayBuffer(4))
  const counts = new Float64Array(new SharedArrayBuffer(8 * countNames.length))
  const workerData: LineThreadData = { clientFd: client.fd, deviceFd, byteMs, control, counts }
  const thread = new Worker(new URL('line-thread.ts', import.meta.url), { workerData })
  const ended = once(thread, 'exit')
  return {
    counts: () => Object.fromEntries(countNames.map((name, i) => [name, counts[i] ?? 0])) as unknown as LineCounts,
    async [Symbol.asyncDispose]() {
      Atomics.store(control, 0, 1)
      Atomics.notify(control, 0)
      await ended
      await unlink(clientPath)
      await Promise.all([client.fd, held, deviceFd].map(fd => closeFd(fd)))
    },
  }
}
