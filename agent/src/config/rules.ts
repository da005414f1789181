import type { AlarmRule, DetectRule, DeviceEntry, DeviceProfile } from '@lineside/device-profiles'
import { formatDuration, suggest } from '@lineside/settings'
import { complain, type Resolving, writtenKeys, writtenText } from './context.ts'
import { believableSpread, isNumeric, isPolled } from './points.ts'
import type { PointConfig, ThresholdRule, ZscoreRule } from './types.ts'

/** Fewest readings that make a spread worth anything, and how many are waited for where there is room. */
const leastWarmUp = 8
const usualWarmUp = 30

interface Device {
  readonly name: string
  readonly profile: DeviceProfile
  readonly points: ReadonlyMap<string, PointConfig>
}

/** Says which rules look at points that the profile doesn't have, that are off, or that are no numbers. */
export function checkRulePoints(ctx: Resolving, device: string, profile: DeviceProfile): void {
  for (const section of ['alarms', 'detect']) {
    for (const rule of writtenKeys(ctx.document, ['devices', device, section])) {
      const path = ['devices', device, section, rule, 'point']
      const point = writtenText(ctx.document, path)
      if (point === undefined) continue
      const known = profile.points.get(point)
      if (known === undefined) {
        const numeric = [...profile.points.values()].filter(isNumeric).map(({ name }) => name)
        complain(ctx, path, `${profile.profile} has no point ${point}`, suggest(point, numeric))
      } else if (!isNumeric(known)) {
        complain(ctx, path, `${point} is no number (${known.type}), so no limit can be judged`, 'name another point')
      }
    }
  }
}

/** An alarm and a detector of one device share one space of names: both are alarms to those who acknowledge. */
export function checkRuleNames(ctx: Resolving, device: string, entry: DeviceEntry): void {
  for (const rule of Object.keys(entry.detect)) {
    if (!Object.hasOwn(entry.alarms, rule)) continue
    complain(ctx, ['devices', device, 'detect', rule], `${rule} is already the name of an alarm`, 'rename one', 'key')
  }
}

export function resolveAlarms(ctx: Resolving, device: Device, entry: DeviceEntry): readonly ThresholdRule[] {
  return Object.entries(entry.alarms).flatMap(([name, written]) => {
    const path = ['devices', device.name, 'alarms', name]
    const rule = written === 'default' ? proposedAlarm(ctx, path, device.profile, name) : written
    if (rule === undefined) return []
    checkIsOn(ctx, path, device, rule.point)
    checkLimits(ctx, path, device, rule)
    const { high, low, hysteresis } = rule
    return [
      {
        kind: 'threshold' as const,
        ...alarmText(device.name, name, rule),
        ...(high === undefined ? {} : { high }),
        ...(low === undefined ? {} : { low }),
        hysteresis,
        onDelayMs: rule.on_delay,
        offDelayMs: rule.off_delay,
      },
    ]
  })
}

/** The alarm that the profile proposes under this name. */
function proposedAlarm(
  ctx: Resolving,
  path: readonly string[],
  { profile, alarms = new Map() }: DeviceProfile,
  name: string,
): AlarmRule | undefined {
  const rule = alarms.get(name)
  if (rule === undefined) {
    const known = [...alarms.keys()]
    const fix = known.length === 0 ? 'write point: and high: or low:' : suggest(name, known)
    complain(ctx, path, `${profile} proposes no alarm ${name}`, fix, 'key')
  }
  return rule
}

function checkLimits(ctx: Resolving, path: readonly string[], device: Device, rule: AlarmRule): void {
  const { high, low, hysteresis } = rule
  if (high === undefined && low === undefined) {
    complain(ctx, path, 'the alarm has no limit', 'write high: or low:', 'key')
    return
  }
  if (high !== undefined && low !== undefined) {
    if (high <= low) complain(ctx, [...path, 'high'], `high ${high} is not above low ${low}`, 'swap the two')
    else if (hysteresis * 2 >= high - low) {
      const fix = `write less than ${(high - low) / 2}`
      complain(
        ctx,
        [...path, 'hysteresis'],
        `hysteresis ${hysteresis} leaves no way back between ${low} and ${high}`,
        fix,
      )
    }
  }
  const point = device.profile.points.get(rule.point)
  const range = point?.range
  if (point === undefined || range === undefined) return
  const words = `the plausible range of ${point.name} is ${range[0]} to ${range[1]}${point.unit === undefined ? '' : ` ${point.unit}`}`
  if (high !== undefined && high >= range[1]) {
    complain(ctx, [...path, 'high'], `nothing can be above ${high}: ${words}`, 'write a limit within it')
  }
  if (low !== undefined && low <= range[0]) {
    complain(ctx, [...path, 'low'], `nothing can be below ${low}: ${words}`, 'write a limit within it')
  }
}

export function resolveDetectors(ctx: Resolving, device: Device, entry: DeviceEntry): readonly ZscoreRule[] {
  return Object.entries(entry.detect).flatMap(([name, rule]) => {
    const path = ['devices', device.name, 'detect', name]
    checkIsOn(ctx, path, device, rule.point)
    const point = device.profile.points.get(rule.point)
    const config = device.points.get(rule.point)
    if (point === undefined || config === undefined) return []
    return [
      {
        kind: 'zscore' as const,
        ...alarmText(device.name, name, rule),
        windowMs: rule.zscore.window,
        limit: rule.zscore.limit,
        warmUp: warmUp(ctx, path, device, rule, config),
        minSpread: rule.zscore.min_spread ?? believableSpread(point, config),
        coolDownMs: rule.zscore.cool_down,
      },
    ]
  })
}

/** Readings before the first finding: 30, or as many as the window holds. */
function warmUp(
  ctx: Resolving,
  path: readonly string[],
  device: Device,
  rule: DetectRule,
  config: PointConfig,
): number {
  const { warm_up: wanted, window } = rule.zscore
  if (!isPolled(device.profile)) return wanted ?? usualWarmUp
  const readings = Math.floor(window / config.everyMs)
  const needed = wanted ?? leastWarmUp
  if (readings < needed) {
    const message = `a window of ${formatDuration(window)} holds ${readings} readings at every ${formatDuration(config.everyMs)}, and ${needed} are needed first`
    complain(ctx, [...path, 'zscore', 'window'], message, `write at least ${formatDuration(needed * config.everyMs)}`)
  }
  return wanted ?? Math.min(usualWarmUp, Math.max(leastWarmUp, readings))
}

function checkIsOn(ctx: Resolving, path: readonly string[], device: Device, point: string): void {
  if (!device.profile.points.has(point) || device.points.has(point)) return
  complain(ctx, [...path, 'point'], `${point} is off`, `remove ${point}: off, or this`)
}

function alarmText(device: string, name: string, rule: AlarmRule | DetectRule) {
  const { point, priority, message, action } = rule
  return {
    device,
    name,
    point,
    priority,
    ...(message === undefined ? {} : { message }),
    ...(action === undefined ? {} : { action }),
  }
}
