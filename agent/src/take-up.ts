import type { AlarmEntry, Clock } from '@lineside/contract'
import type { Logger } from 'pino'
import type { CorrectTold } from './alarms/continued.ts'
import type { SystemAlarms } from './alarms/system.ts'
import type { AlarmWatch } from './alarms/watch.ts'
import type { BatchBuffer } from './buffer/api.ts'
import type { LastingMemory } from './device-memory.ts'
import type { Purse } from './uplink/purse.ts'

/** Under which names the buffer keeps what the parts of the agent know over restarts. */
export const savedKeys = {
  watch: 'alarms',
  system: 'system_alarms',
  memory: 'device_memory',
  purse: 'monthly_budget',
} as const

interface Parts {
  readonly buffer: BatchBuffer
  readonly clock: Clock
  readonly log: Logger
  readonly watch: AlarmWatch
  readonly system: SystemAlarms
  readonly memory: LastingMemory
  readonly purse: Purse | undefined
  /** Journals and announces what became of an alarm. */
  readonly tell: (entry: AlarmEntry) => void
  /** Shows people where an alarm stands that stood otherwise a moment ago. */
  readonly show: (entry: AlarmEntry) => void
  /** The buffer is open, and all is taken up. */
  readonly done: () => void
}

/**
 * Has the parts of the agent go on from where an earlier run left them: before this resolves, or later where the disk of
 * the buffer refuses now.
 */
export function takeUpSaved({ buffer, clock, log, watch, system, memory, purse, ...people }: Parts): Promise<void> {
  return buffer.takeUp(Object.values(savedKeys), (saved, told) => {
    const nowMs = clock.monotonic()
    const corrected = new Map<string, AlarmEntry>()
    const tracked: CorrectTold = correction =>
      told(entry => {
        const now = correction(entry)
        if (now && now !== entry) corrected.set(`${now.device}/${now.alarm}`, now)
        return now
      })
    const alarms = saved.get(savedKeys.watch)
    const unreadable = alarms === undefined ? undefined : watch.restore(alarms, nowMs, tracked)
    if (unreadable !== undefined) log.warn({ reason: unreadable }, 'alarms and detectors start afresh')
    memory.restore(saved.get(savedKeys.memory))
    purse?.restore(saved.get(savedKeys.purse))
    const over = system.restore(saved.get(savedKeys.system) ?? '[]', nowMs, tracked)
    // What was kept before this was known knew nothing of it.
    buffer.writeState(savedKeys.watch, watch.snapshot())
    buffer.writeState(savedKeys.system, system.snapshot())
    for (const entry of over) people.tell(entry)
    for (const entry of corrected.values()) people.show(entry)
    people.done()
  })
}
