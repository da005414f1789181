import { readFileSync } from 'node:fs'
import type { BatchBuffer, BufferOptions } from './api.ts'
import { machineName } from './store/machine.ts'
import { LastingThread } from './thread/lasting-thread.ts'
import { ThreadBuffer } from './thread/thread-buffer.ts'

/**
 * Opens the buffer in its folder; rejects with a BufferError where it is locked, another gateway's or not ours. Where the
 * disk refuses, entries wait in memory until it doesn't.
 */
export async function openBuffer(options: BufferOptions): Promise<BatchBuffer> {
  const { path, gateway, maxSizeBytes, maxAgeMs, minFreeBytes, clock, stamping, newId, commitJournal } = options
  const boot = options.boot ?? bootId() ?? newId()
  const machine = options.machine ?? machineName()
  let buffer: ThreadBuffer | undefined
  const thread = await LastingThread.start({
    start: { path, gateway, maxSizeBytes, maxAgeMs, minFreeBytes, boot, machine, commitJournal },
    clock,
    moment: () => {
      const ids = [newId(), newId(), newId(), newId()]
      return { now: clock.now(), ids, ...(stamping === undefined ? {} : { clock: stamping() }) }
    },
    heard: (totals, notices) => buffer?.heard(totals, notices),
  })
  buffer = new ThreadBuffer(thread, options)
  return buffer
}

/** Names the boot of this machine; undefined where the kernel doesn't say. */
function bootId(): string | undefined {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  } catch {
    return undefined
  }
}
