import { isSunspec } from '@lineside/device-profiles'
import { formatDuration } from '@lineside/settings'
import { isPolled } from '../config/devices/points.ts'
import type { DeviceConfig } from '../config/types.ts'
import { isOrAre } from '../poll/refused.ts'
import type { RefusedRead } from '../poll/status.ts'
import { formatTime } from './format-time.ts'
import type { ReadingView } from '../control/answers.ts'

/** A reading is stale after this many of its intervals, and never before `leastStaleMs`. */
const staleIntervals = 3
const leastStaleMs = 3000

export interface Lack {
  /** One sentence. */
  readonly reason: string
  /** UTC ms. */
  readonly since: number
}

/** What a device that answers lacks; undefined where all is well. */
export function degradation(
  device: DeviceConfig,
  refused: readonly RefusedRead[],
  readings: readonly ReadingView[],
  { nowMs, timezone }: { readonly nowMs: number; readonly timezone: string },
): Lack | undefined {
  const bad = readings.filter(reading => reading.quality?.startsWith('bad:') && !isUsual(device, reading))
  const [first] = bad
  if (!first) return staleness(device, readings, nowMs)
  const since = Math.min(...bad.map(({ t, badSince = t }) => badSince))
  const where = device.profile.protocol === 'modbus' ? `unit ${device.unitId}` : 'it'
  const good = readings.filter(({ value }) => value !== undefined).length
  // Nothing readable at all usually means that another device answers than the profile is for.
  if (good === 0) {
    const example = `${first.point} is ${first.quality}`
    const reason = `${where} answers, but none of its points can be read (${example}); is this device the right one for ${device.profile.profile}?`
    return { reason, since }
  }
  const fine = `${good} other ${good === 1 ? 'value is' : 'values are'} fine`
  const [read, ...more] = refused
  if (!read) {
    const reason = `${bad.length} of ${readings.length} points are bad, ${first.point} is ${first.quality}; ${fine}`
    return { reason, since }
  }
  const what = `${read.what} ${isOrAre([read])} refused since ${formatTime(read.since, nowMs, timezone)}`
  const others = more.length === 0 ? '' : `, and ${more.length} more`
  return { reason: `${where} answers, but ${what}${others}; ${fine}`, since }
}

/** SunSpec has points for all that a device may measure, and few devices measure all of it. */
function isUsual({ profile, alarms, detect }: DeviceConfig, { point, quality }: ReadingView): boolean {
  if (quality !== 'bad:not_available' || !isSunspec(profile)) return false
  return ![...alarms, ...detect].some(rule => rule.point === point)
}

/** A device that sends when it wants has no interval that it could miss. */
function staleness(device: DeviceConfig, readings: readonly ReadingView[], nowMs: number): Lack | undefined {
  if (!isPolled(device.profile)) return undefined
  const staleAt = ({ point, t }: ReadingView) =>
    t + Math.max(leastStaleMs, staleIntervals * (device.points.get(point)?.everyMs ?? 0))
  const stale = readings.filter(
    reading => !isUsual(device, reading) && !device.points.get(reading.point)?.calendar && nowMs > staleAt(reading),
  )
  const oldest = stale.toSorted((a, b) => a.t - b.t)[0]
  if (!oldest) return undefined
  const everyMs = device.points.get(oldest.point)?.everyMs ?? 0
  const age = Math.round((nowMs - oldest.t) / 1000)
  const reason = `stale: ${oldest.point} is ${age} s old and wanted every ${formatDuration(everyMs)}; lineside bus shows why`
  return { reason, since: Math.min(...stale.map(staleAt)) }
}
