import type { LinkContext } from '../intake.ts'
import { startingHealth } from './backoff.ts'
import type { LineDevice } from './line.ts'
import type { PolledDevice } from './outcome.ts'
import { createSchedule, missedSince, shortestInterval, spreadOrigins } from './schedule.ts'
import { type DeviceCounters, type DeviceStatus, type RefusedRead, zeroDeviceCounters } from './status.ts'
import { UseMeter } from './use.ts'

/** A device that is polled, and what is known of it. */
export interface Entry extends LineDevice {
  readonly device: PolledDevice
  readonly counters: DeviceCounters
  readonly meter: UseMeter
  /** What the polls since its last answer took of the line, ms. */
  lostMs: number
  /** UTC ms. */
  since: number
  lastValue: number | undefined
  lastError: string | undefined
  /** What was said to be refused. */
  refused: readonly RefusedRead[]
  /** What was said to be wrong with it. */
  flaw: string | undefined
}

export const nothingRefused: readonly RefusedRead[] = []

/** The devices of one line, their first polls spread. */
export function createEntries(
  devices: readonly PolledDevice[],
  { clock, random, sharing = devices.length }: LinkContext,
): readonly Entry[] {
  const nowMs = clock.monotonic()
  const intervals = devices.map(device => shortestInterval(device.points))
  const origins = spreadOrigins(
    intervals.map(everyMs => everyMs ?? Number.POSITIVE_INFINITY),
    sharing,
    nowMs,
    random,
  )
  return devices.map((device, i) => ({
    device,
    schedule: createSchedule(device.points, origins[i] ?? nowMs),
    health: startingHealth(nowMs),
    busy: false,
    counters: zeroDeviceCounters(),
    meter: new UseMeter(intervals[i], nowMs),
    lostMs: 0,
    since: clock.now(),
    lastValue: undefined,
    lastError: undefined,
    refused: nothingRefused,
    flaw: undefined,
  }))
}

/** `nextTryMs`, until its probe, counts where it is offline, and so do the slots that have passed since. */
export function entryStatus(
  { device, schedule, health, since, lastValue, lastError, refused, flaw, counters }: Entry,
  { nextTryMs, nowMs }: { readonly nextTryMs: number; readonly nowMs: number },
): DeviceStatus {
  const restsUntilMs = device.restsUntilMs?.()
  const missed = health.state === 'offline' ? missedSince(schedule, nowMs) : 0
  return {
    name: device.name,
    state: health.state,
    since,
    ...(lastValue !== undefined && { lastValue }),
    ...(lastError !== undefined && { lastError }),
    ...(health.state === 'offline'
      ? { nextTryMs }
      : restsUntilMs !== undefined && { nextTryMs: Math.max(0, restsUntilMs - nowMs) }),
    ...(refused.length > 0 && { refused }),
    ...(flaw !== undefined && { flaw }),
    counters: { ...counters, missed: counters.missed + missed },
  }
}
