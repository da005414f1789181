import { closeSync, openSync, writeSync } from 'node:fs'
import type { Clock } from '@lineside/contract'
import { SimulatorError } from '../error.ts'
import type { LineSink } from './ledger.ts'

/** Text that waits before it is written at once. */
const flushChars = 65_536
/** Longest that a line waits, in ms. */
const flushEveryMs = 200

/**
 * A ledger file, begun anew, written to in pieces of some 64 KiB and at least every 200 ms.
 * Throws `file_unreadable` where it can't be made and `ledger_failed` where a write fails.
 */
export function openLedgerFile(path: string, clock: Clock): LineSink {
  let file: number
  try {
    file = openSync(path, 'w')
  } catch (cause) {
    throw new SimulatorError(
      'file_unreadable',
      `ledger ${path} can't be written`,
      'name a file in an existing folder',
      {
        cause,
      },
    )
  }
  let waiting = ''
  let due: ReturnType<Clock['after']> | undefined
  const flush = () => {
    due?.cancel()
    due = undefined
    if (waiting === '') return
    const text = waiting
    waiting = ''
    writeAll(file, path, text)
  }
  return {
    write(text) {
      waiting += text
      if (waiting.length >= flushChars) flush()
      else due ??= clock.after(flushEveryMs, flush)
    },
    async close() {
      flush()
      closeSync(file)
    },
  }
}

function writeAll(file: number, path: string, text: string): void {
  const bytes = Buffer.from(text)
  try {
    for (let from = 0; from < bytes.length; ) from += writeSync(file, bytes, from)
  } catch (cause) {
    throw new SimulatorError('ledger_failed', `ledger ${path} can't be written on`, 'make room on its disk', { cause })
  }
}
