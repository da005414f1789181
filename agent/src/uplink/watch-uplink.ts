import type { AlarmEntry, Clock } from '@lineside/contract'
import type { SystemAlarms } from '../alarms/system.ts'
import type { Uplink } from './api.ts'

/** Shorter outages are everyday: a restart of a router or of the receiver. */
export const awayAfterMs = 10 * 60_000

/** Gives what is to be called every second, for the alarm that the receiver has taken nothing for long. */
export function watchOverUplink(
  uplink: Pick<Uplink, 'status'>,
  system: SystemAlarms,
  clock: Clock,
): () => AlarmEntry | undefined {
  return () => {
    const { failingForMs, reason } = uplink.status()
    if (failingForMs !== undefined && failingForMs < awayAfterMs) return undefined
    const isAway = failingForMs !== undefined
    const text = isAway
      ? `the receiver has taken nothing for ${awayAfterMs / 60_000} minutes: ${reason ?? 'no reason given'}`
      : 'the receiver takes what it is sent'
    return system.hear({ alarm: 'receiver_away', active: isAway, text }, clock.monotonic())
  }
}
