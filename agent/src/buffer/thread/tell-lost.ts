import type { Logger } from 'pino'
import { addCounts } from '../batch/counts.ts'
import type { Counts } from '../batch/counts.ts'
import type { PointIds } from '../batch/point-ids.ts'
import type { PendingBatch } from './pending.ts'

/** What is still in memory when the agent stops is gone, and nothing on the disk can tell of it. */
export function tellLost(
  log: Logger,
  lost: readonly PendingBatch[],
  points: PointIds,
  reason = 'no reason given',
): void {
  if (lost.length === 0) return
  const counts: Counts = new Map()
  for (const batch of lost) addCounts(counts, batch.counts)
  const readings = lost.reduce((sum, batch) => sum + batch.readings, 0)
  const alarms = lost.reduce((sum, { kind, entries }) => sum + (kind === 'alarms' ? entries : 0), 0)
  const devices = points.devicesOf(counts)
  log.error({ readings, devices, alarms, reason }, 'lost at the stop: what the disk did not take was only in memory')
}
