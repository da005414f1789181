import { isActive } from '../alarms/alarm.ts'
import type { ActiveAlarm } from '../alarms/watch.ts'
import type { AgentConfig } from '../config/types.ts'
import type { LiveValues } from '../pipeline/live-values.ts'
import type { AlarmView } from '../control/answers.ts'

/** Alarms as people are shown them. `nowMs` is UTC. */
export function viewAlarms(
  alarms: readonly ActiveAlarm[],
  { devices }: Pick<AgentConfig, 'devices'>,
  live: Pick<LiveValues, 'of'>,
  nowMs: number,
): AlarmView[] {
  return alarms.map(alarm => {
    const unseen = devices.has(alarm.device) && isActive(alarm.state) ? unseenOf(alarm, live) : undefined
    return { ...alarm, asOf: nowMs, ...(unseen && { unseen }) }
  })
}

/** A bad reading ends no alarm, nor does a device that is away: what is listed is how it was. */
function unseenOf({ device, point }: ActiveAlarm, live: Pick<LiveValues, 'of'>): AlarmView['unseen'] {
  const reading = live.of(device).get(point)
  if (!reading) return { reason: 'nothing was read since the start of the agent' }
  if (reading.value !== undefined) return undefined
  const reason = reading.quality ?? 'no value'
  return { reason, ...(reading.turnedAt !== undefined && { since: reading.turnedAt }) }
}
