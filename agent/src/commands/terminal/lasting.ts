import { type Clock, systemClock, type Timer } from '@lineside/contract'
import type { CommandIo } from '../command.ts'

/** Nothing is said of what ends sooner. */
const patienceMs = 2000
/** How often a line that is rewritten is, and how often a new line is written where none can be. */
const rewriteMs = 200
const newLineMs = 10_000

export interface Progress extends Disposable {
  /** Says what is going on, in less than 80 columns; most calls write nothing. */
  say(text: string): void
}

/** Progress of a command that may take long, on standard error: one line that is rewritten on a terminal. */
export function createProgress(io: CommandIo, isTerminal: boolean, clock: Clock = systemClock): Progress {
  let nextMs = (io.sinceMs ?? clock.monotonic()) + patienceMs
  let isShown = false
  let waiting: string | undefined
  let timer: Timer | undefined
  const show = () => {
    timer = undefined
    if (waiting === undefined) return
    nextMs = clock.monotonic() + (isTerminal ? rewriteMs : newLineMs)
    isShown = isTerminal
    io.err(isTerminal ? `\r\u001b[K${waiting.slice(0, 79)}` : `${waiting}\n`)
    waiting = undefined
  }
  return {
    say(text) {
      waiting = text
      const leftMs = nextMs - clock.monotonic()
      if (leftMs <= 0) show()
      else timer ??= clock.after(leftMs, show)
    },
    [Symbol.dispose]() {
      timer?.cancel()
      if (isShown) io.err('\r\u001b[K')
      isShown = false
    },
  }
}

/** What ends a command that lasts: its own signal, or Ctrl-C. A second Ctrl-C ends the process where it stands. */
export function untilInterrupted(io: CommandIo): { readonly signal: AbortSignal } & Disposable {
  const given = io.signal
  if (given) return { signal: given, [Symbol.dispose]: () => {} }
  const ended = new AbortController()
  const end = () => {
    if (ended.signal.aborted) process.exit(130)
    ended.abort()
  }
  process.on('SIGINT', end)
  process.on('SIGTERM', end)
  return {
    signal: ended.signal,
    [Symbol.dispose]() {
      process.off('SIGINT', end)
      process.off('SIGTERM', end)
    },
  }
}
