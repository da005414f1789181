import { unitSign } from '@lineside/contract'
import { type DeviceProfile, isNumericType, protocolOf } from '@lineside/device-profiles'
import { suggest } from '@lineside/settings'
import { maxCalendars } from '../../poll/schedule.ts'
import { complain, type Resolving, writtenKeys } from '../context.ts'
import type { DeviceEntry } from './entry.ts'
import type { CronReader, ReadCron } from '../cron.ts'
import type { PointConfig } from '../types.ts'

/** How often a point is read where neither the device nor its profile says. */
const usualEveryMs = 1000
const usualMaxSilenceMs = 300_000

/** Says which of the names under `points` the profile doesn't know. */
export function checkPointNames(ctx: Resolving, device: string, profile: DeviceProfile): void {
  for (const point of writtenKeys(ctx.document, ['devices', device, 'points'])) {
    if (profile.points.has(point)) continue
    const fix = suggest(point, [...profile.points.keys()])
    complain(ctx, ['devices', device, 'points', point], `${profile.profile} has no point ${point}`, fix, 'key')
  }
}

/**
 * The points that are read. How often: what the device says of the point; else the slower of what the device says of
 * itself and what the profile says of the point, because a profile marks what changes slowly; else every second.
 */
export function resolvePoints(
  ctx: Resolving,
  device: string,
  entry: DeviceEntry,
  profile: DeviceProfile,
  readCron: CronReader,
): ReadonlyMap<string, PointConfig> {
  const protocol = protocolOf(profile)
  const isAsked = protocol.isPolled(profile)
  const all = new Map<string, PointConfig>()
  const ofDevice = cronAt(ctx, ['devices', device], entry, profile, readCron)
  for (const [name, point] of profile.points) {
    const options = Object.hasOwn(entry.points, name) ? entry.points[name] : undefined
    if (options === 'off' || options === false) continue
    const path = ['devices', device, 'points', name]
    if (options?.unit !== undefined && options.unit !== point.unit) {
      const fix =
        point.unit === undefined ? 'remove unit' : `remove it; values come in ${unitSign(point.unit) || 'no unit'}`
      complain(ctx, [...path, 'unit'], 'unit conversion is not supported in this version', fix)
    }
    if (options?.every !== undefined && !isAsked) {
      complain(
        ctx,
        [...path, 'every'],
        'the device sends when it wants',
        'write every at the device: how often it is expected',
        'key',
      )
    }
    if (options?.deadband !== undefined && options.deadband > 0 && !isNumericType(point.type)) {
      complain(
        ctx,
        [...path, 'deadband'],
        `${name} is no number (${point.type}), so it can have no deadband`,
        'remove it',
      )
    }
    const ofPoint = options && cronAt(ctx, path, options, profile, readCron)
    const cron = ofPoint ?? (options?.every === undefined ? ofDevice : undefined)
    const usual = everyMs(entry.every, protocol.everyMs(profile, name))
    const isSlowed =
      isAsked && !cron && options?.every === undefined && entry.every !== undefined && usual > entry.every
    all.set(name, {
      name,
      everyMs: cron?.everyMs ?? options?.every ?? usual,
      ...(isSlowed && { slowedFromMs: entry.every }),
      ...(cron && { calendar: cron.calendar }),
      deadband: options?.deadband ?? 0,
      maxSilenceMs: options?.max_silence ?? usualMaxSilenceMs,
    })
  }
  const calendars = new Set([...all.values()].flatMap(point => point.calendar?.text ?? []))
  if (calendars.size > maxCalendars) {
    const message = `its points are read by ${calendars.size} calendars, at most ${maxCalendars} can be kept apart`
    complain(ctx, ['devices', device, 'points'], message, 'give several points the same cron', 'key')
  }
  if (all.size === 0)
    complain(ctx, ['devices', device], 'every point is off', 'leave one on or remove the device', 'key')
  return all
}

/** What `cron` says of a device or a point; undefined where it says nothing that can be kept to. */
function cronAt(
  ctx: Resolving,
  path: readonly string[],
  { cron, every }: { readonly cron?: string | undefined; readonly every?: number | undefined },
  profile: DeviceProfile,
  readCron: CronReader,
): Extract<ReadCron, { ok: true }> | undefined {
  if (cron === undefined) return undefined
  if (!isPolled(profile)) {
    complain(ctx, [...path, 'cron'], 'the device sends when it wants', 'remove cron', 'key')
    return undefined
  }
  if (every !== undefined) {
    complain(ctx, [...path, 'cron'], 'it is read by every already', 'keep one of every and cron', 'key')
    return undefined
  }
  const read = readCron(cron)
  if (read.ok) return read
  complain(ctx, [...path, 'cron'], read.text, read.fix)
  return undefined
}

function everyMs(ofDevice: number | undefined, ofPoint: number | undefined): number {
  if (ofDevice === undefined) return ofPoint ?? usualEveryMs
  return Math.max(ofDevice, ofPoint ?? 0)
}

/** Whether the agent asks for the values, so that it knows how often they come. */
export function isPolled(profile: DeviceProfile): boolean {
  return protocolOf(profile).isPolled(profile)
}

/** Where nothing is known of a point's resolution. */
const usualSpread = 0.01

/**
 * Smallest spread of a point that a detector believes, in its unit: its deadband; else one step of its raw value;
 * else a thousandth of its plausible range; else 0.01.
 */
export function believableSpread(profile: DeviceProfile, { name, deadband }: PointConfig): number {
  if (deadband > 0) return deadband
  const step = protocolOf(profile).stepOf(profile, name)
  if (step !== undefined) return step
  const range = profile.points.get(name)?.range
  return range === undefined ? usualSpread : (range[1] - range[0]) / 1000 || usualSpread
}
