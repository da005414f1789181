import type { Clock, Timer } from '@lineside/contract'
import type { Log } from './log/log.ts'

/** Pauses between turns, in milliseconds. */
export const pauses = {
  /** What is appended within it is taken in together; also the first back-off. */
  gather: 1000,
  longestBackoff: 30_000,
  /** Longest without a turn. */
  idle: 30_000,
} as const

export interface LoopOptions {
  readonly clock: Clock
  readonly log: Pick<Log, 'onAppend'>
  /** One turn over the log; gives the milliseconds to the next one, unless something is appended before. */
  turn(): Promise<number>
  failed(error: unknown, failures: number): void
  /** The first turn that succeeds after `failures` ones that did not. */
  recovered(failures: number): void
  /** The first turn comes at once; else after one `gather`. */
  readonly atOnce?: boolean
}

/** Turns over the log, one after the other; disposing lets the one that is under way come to its end. */
export interface Loop extends AsyncDisposable {
  /** Runs something between two turns. */
  exclusive<T>(work: () => Promise<T>): Promise<T>
}

/** When the next turn comes, in milliseconds: after failures later and later, else soon where something has come. */
export function nextPause(state: {
  readonly failures: number
  readonly appended: boolean
  /** What the turn asked for. */
  readonly wanted: number
}): number {
  const { failures, appended, wanted } = state
  if (failures > 0) return Math.min(pauses.gather * 2 ** Math.min(failures, 10), pauses.longestBackoff)
  return appended ? pauses.gather : Math.max(0, Math.min(wanted, pauses.idle))
}

export function startLoop(options: LoopOptions): Loop {
  const { clock, log } = options
  let failures = 0
  let appended = false
  let running = false
  let stopped = false
  let timer: Timer | undefined
  let due = Infinity
  let queue: Promise<unknown> = Promise.resolve()

  function exclusive<T>(work: () => Promise<T>): Promise<T> {
    const result = queue.then(work)
    queue = result.catch(() => undefined)
    return result
  }

  function wakeIn(ms: number): void {
    const at = clock.monotonic() + ms
    if (stopped || at >= due) return
    timer?.cancel()
    due = at
    timer = clock.after(ms, () => void exclusive(once))
  }

  async function once(): Promise<void> {
    if (stopped) return
    running = true
    appended = false
    // This turn is the one that was waited for.
    timer?.cancel()
    due = Infinity
    let wanted: number = pauses.idle
    try {
      wanted = await options.turn()
      if (failures > 0) options.recovered(failures)
      failures = 0
    } catch (error) {
      options.failed(error, ++failures)
    }
    running = false
    wakeIn(nextPause({ failures, appended, wanted }))
  }

  const forget = log.onAppend(() => {
    appended = true
    if (!running && failures === 0) wakeIn(pauses.gather)
  })
  if (options.atOnce) void exclusive(once)
  else wakeIn(pauses.gather)
  return {
    exclusive,
    async [Symbol.asyncDispose]() {
      stopped = true
      forget()
      timer?.cancel()
      await queue
    },
  }
}
