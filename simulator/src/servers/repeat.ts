import type { Clock, Timer } from '@lineside/contract'

/** Calls back on a fixed grid, the first time after one interval. What was missed is skipped, not made up for. */
export function repeat(clock: Clock, everyMs: number, callback: () => void): Timer {
  const origin = clock.monotonic()
  let turn = 1
  let timer: Timer
  const next = () => {
    timer = clock.after(Math.max(0, origin + turn * everyMs - clock.monotonic()), () => {
      turn = Math.max(turn, Math.floor((clock.monotonic() - origin) / everyMs)) + 1
      next()
      callback()
    })
  }
  next()
  return { cancel: () => timer.cancel() }
}
