import type { DeviceConfig } from '../config/types.ts'
import type { ScheduledPoint } from '../poll/schedule.ts'

/** The points of a device for the schedule; what an alarm or a detector looks at is urgent. */
export function scheduledPoints(config: DeviceConfig): ScheduledPoint[] {
  const watched = new Set([...config.alarms, ...config.detect].map(rule => rule.point))
  return [...config.points.values()].map(({ name, everyMs, calendar }) => ({
    name,
    everyMs,
    calendar,
    urgent: watched.has(name),
  }))
}
