import { unitSign } from '@lineside/contract'
import { type DeviceProfile, isNumericType, type PointOptions, protocolOf } from '@lineside/device-profiles'
import { suggest } from '@lineside/settings'
import { maxCalendars } from '../../poll/schedule.ts'
import { complain, type Resolving, writtenKeys } from '../context.ts'
import type { DeviceEntry } from './entry.ts'
import type { CronReader, ReadCron } from '../cron.ts'
import type { PointConfig } from '../types.ts'

type Point = DeviceProfile['points'] extends ReadonlyMap<string, infer P> ? P : never

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

/** The points that are read. */
export function resolvePoints(
  ctx: Resolving,
  device: string,
  entry: DeviceEntry,
  profile: DeviceProfile,
  readCron: CronReader,
): ReadonlyMap<string, PointConfig> {
  const all = new Map<string, PointConfig>()
  const ofDevice = cronAt(ctx, ['devices', device], entry, profile, readCron)
  for (const point of profile.points.values()) {
    const { name } = point
    const options = Object.hasOwn(entry.points, name) ? entry.points[name] : undefined
    if (options === 'off' || options === false) continue
    const path = ['devices', device, 'points', name]
    if (options) checkOptions(ctx, path, options, point, isPolled(profile))
    const ofPoint = options && cronAt(ctx, path, options, profile, readCron)
    const cron = ofPoint ?? (options?.every === undefined ? ofDevice : undefined)
    all.set(name, pointConfig(profile, name, entry.every, options, cron))
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

/** Says what can't be had of a point. */
function checkOptions(
  ctx: Resolving,
  path: readonly string[],
  { unit, every, deadband = 0 }: PointOptions,
  point: Point,
  isAsked: boolean,
): void {
  if (unit !== undefined && unit !== point.unit) {
    const sign = point.unit === undefined ? undefined : unitSign(point.unit) || 'no unit'
    const fix = sign === undefined ? 'remove unit' : `remove it; values come in ${sign}`
    complain(ctx, [...path, 'unit'], 'unit conversion is not supported in this version', fix)
  }
  if (every !== undefined && !isAsked) {
    const fix = 'write every at the device: how often it is expected'
    complain(ctx, [...path, 'every'], 'the device sends when it wants', fix, 'key')
  }
  if (deadband > 0 && !isNumericType(point.type)) {
    const message = `${point.name} is no number (${point.type}), so it can have no deadband`
    complain(ctx, [...path, 'deadband'], message, 'remove it')
  }
}

/**
 * How often a point is read: what the device says of the point; else the slower of what the device says of itself
 * (`ofDevice`, ms) and what the profile says of the point, because a profile marks what changes slowly; else every second.
 */
function pointConfig(
  profile: DeviceProfile,
  name: string,
  ofDevice: number | undefined,
  options: PointOptions | undefined,
  cron: Readable | undefined,
): PointConfig {
  const usual = everyMs(ofDevice, protocolOf(profile).everyMs(profile, name))
  const isUsual = !cron && options?.every === undefined
  const isSlowed = isPolled(profile) && isUsual && ofDevice !== undefined && usual > ofDevice
  return {
    name,
    everyMs: cron?.everyMs ?? options?.every ?? usual,
    ...(isSlowed && { slowedFromMs: ofDevice }),
    ...(cron && { calendar: cron.calendar }),
    deadband: options?.deadband ?? 0,
    maxSilenceMs: options?.max_silence ?? usualMaxSilenceMs,
  }
}

type Readable = Extract<ReadCron, { ok: true }>

/** What `cron` says of a device or a point; undefined where it says nothing that can be kept to. */
function cronAt(
  ctx: Resolving,
  path: readonly string[],
  { cron, every }: { readonly cron?: string | undefined; readonly every?: number | undefined },
  profile: DeviceProfile,
  readCron: CronReader,
): Readable | undefined {
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
