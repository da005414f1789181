import type { DeviceHealth } from './backoff.ts'
import type { DeviceSchedule } from './schedule.ts'

/** What the choice of the next poll needs to know of a device. */
export interface LineDevice {
  readonly schedule: DeviceSchedule
  health: DeviceHealth
  /** A poll or probe of it is under way. */
  busy: boolean
}

export type Choice<D> =
  | { readonly kind: 'poll' | 'probe'; readonly device: D }
  /** Nothing to do before this monotonic time; infinite when only the end of a poll can change that. */
  | { readonly kind: 'wait'; readonly untilMs: number }

/**
 * Share of a line's time that silence may take while any device of the line is alive: probes of one that is offline, with
 * the polls by which that was found out, and reads that a device leaves unanswered.
 * With a time-out of 1 s and 5 % a line asks one silent device every 20 s, however many there are.
 */
export const silenceShare = 0.05

/**
 * What a line does next: a probe whose time has come and whose cost the budget covers, else the device
 * that has been due for longest. Devices that alarms watch count as due a little earlier than they are.
 */
export function chooseNext<D extends LineDevice>(
  devices: readonly D[],
  nowMs: number,
  probesFromMs: number,
): Choice<D> {
  let untilMs = Number.POSITIVE_INFINITY
  let poll: D | undefined
  let rank = Number.POSITIVE_INFINITY
  let probe: D | undefined
  let alive = false
  for (const device of devices) {
    if (device.health.state !== 'offline') alive = true
  }
  for (const device of devices) {
    if (device.busy) continue
    const { schedule, health } = device
    if (health.state === 'offline') {
      const at = alive ? Math.max(health.probeAtMs, probesFromMs) : health.probeAtMs
      if (at > nowMs) untilMs = Math.min(untilMs, at)
      else if (!probe || health.probeAtMs < probe.health.probeAtMs) probe = device
    } else if (schedule.dueMs > nowMs) {
      untilMs = Math.min(untilMs, schedule.dueMs)
    } else if (schedule.dueMs - schedule.headStartMs < rank) {
      poll = device
      rank = schedule.dueMs - schedule.headStartMs
    }
  }
  if (probe) return { kind: 'probe', device: probe }
  if (poll) return { kind: 'poll', device: poll }
  return { kind: 'wait', untilMs }
}

/** From when on the next probe is covered, after questions that stayed unanswered took `costMs` of the line until `nowMs`. */
export function probesFrom(nowMs: number, costMs: number, share: number = silenceShare): number {
  return nowMs + costMs * (1 / share - 1)
}
