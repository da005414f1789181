import type { AlarmEntry, Clock } from '@lineside/contract'
import { formatSize } from '@lineside/settings'
import type { SystemAlarms } from '../alarms/system.ts'
import type { ClockKeeper } from '../clock/api.ts'
import type { AgentConfig } from '../config/types.ts'
import { Purse } from './purse.ts'

/** Waiting now and then for a while is what pacing does; so long behind it is worth an alarm, and so long well its end. */
const hourMs = 3_600_000

/** The month's budget; `save` keeps what was spent of it. */
export function openPurse(
  budgetBytes: number,
  { timezone }: AgentConfig,
  keeper: ClockKeeper,
  save: (text: string) => void,
): Purse {
  return new Purse({
    budgetBytes,
    timezone,
    clock: keeper.clock,
    isCertain: () => keeper.stamping().certain,
    save,
  })
}

/** Gives what is to be called every second, for the alarm that data waits for the budget. */
export function watchOverBudget(purse: Purse, system: SystemAlarms, clock: Clock): () => AlarmEntry | undefined {
  let since = clock.monotonic()
  let wasShort = false
  return () => {
    const now = clock.monotonic()
    const { waitMs, spentBytes, budgetBytes } = purse.status()
    const isShort = waitMs > 0
    if (isShort !== wasShort) since = now
    wasShort = isShort
    if (now - since < hourMs && waitMs < hourMs) return undefined
    const text = `data waits for the budget of the month: ${formatSize(spentBytes)} of ${formatSize(budgetBytes)} are spent`
    return system.hear({ alarm: 'budget_used', active: isShort, text }, now)
  }
}
