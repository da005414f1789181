import { unitSign } from '@lineside/contract'
import type { WrittenAlarm, DeviceProfile } from '@lineside/device-profiles'
import { suggest } from '@lineside/settings'
import type { DetectRule, LimitRule } from '../detect/detectors.ts'
import type { Watched } from '../detect/kind.ts'
import type { RuleText } from '../detect/rule.ts'
import { thresholdRule } from '../detect/threshold-rule.ts'
import { complain, type Resolving, writtenKeys, writtenText } from './context.ts'
import { believableSpread, isNumeric, isPolled } from './points.ts'
import { type DetectEntry, detectorsOf, type DeviceEntry } from './device-entry.ts'
import type { PointConfig } from './types.ts'

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

export function resolveAlarms(ctx: Resolving, device: Device, entry: DeviceEntry): readonly LimitRule[] {
  return Object.entries(entry.alarms).flatMap(([name, written]) => {
    const path = ['devices', device.name, 'alarms', name]
    const rule = written === 'default' ? proposedAlarm(ctx, path, device.profile, name) : written
    if (rule === undefined) return []
    checkIsOn(ctx, path, device, rule.point)
    checkLimits(ctx, path, device, rule)
    return [{ ...ruleText(device.name, name, rule), ...thresholdRule(rule) }]
  })
}

/** The alarm that the profile proposes under this name. */
function proposedAlarm(
  ctx: Resolving,
  path: readonly string[],
  { profile, alarms = new Map() }: DeviceProfile,
  name: string,
): WrittenAlarm | undefined {
  const rule = alarms.get(name)
  if (rule === undefined) {
    const known = [...alarms.keys()]
    const fix = known.length === 0 ? 'write point: and high: or low:' : suggest(name, known)
    complain(ctx, path, `${profile} proposes no alarm ${name}`, fix, 'key')
  }
  return rule
}

function checkLimits(ctx: Resolving, path: readonly string[], device: Device, rule: WrittenAlarm): void {
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
  const words = `the plausible range of ${point.name} is ${range[0]} to ${range[1]}${point.unit === undefined ? '' : ` ${unitSign(point.unit)}`.trimEnd()}`
  if (high !== undefined && high >= range[1]) {
    complain(ctx, [...path, 'high'], `nothing can be above ${high}: ${words}`, 'write a limit within it')
  }
  if (low !== undefined && low <= range[0]) {
    complain(ctx, [...path, 'low'], `nothing can be below ${low}: ${words}`, 'write a limit within it')
  }
}

export function resolveDetectors(ctx: Resolving, device: Device, entry: DeviceEntry): readonly DetectRule[] {
  return Object.entries(entry.detect).flatMap(([name, written]) => {
    const path = ['devices', device.name, 'detect', name]
    checkIsOn(ctx, path, device, written.point)
    const config = device.points.get(written.point)
    if (config === undefined) return []
    const everyMs = isPolled(device.profile) ? config.everyMs : undefined
    const spread = believableSpread(device.profile, config)
    return detectorsOf(written).flatMap(kind => {
      const refuse: Watched['refuse'] = (key, message, fix) => complain(ctx, [...path, kind, key], message, fix)
      const own = written[kind]?.({ everyMs, spread, refuse })
      return own === undefined ? [] : [{ ...ruleText(device.name, name, written), ...own }]
    })
  })
}

function checkIsOn(ctx: Resolving, path: readonly string[], device: Device, point: string): void {
  if (!device.profile.points.has(point) || device.points.has(point)) return
  complain(ctx, [...path, 'point'], `${point} is off`, `remove ${point}: off, or this`)
}

function ruleText(device: string, name: string, rule: WrittenAlarm | DetectEntry): RuleText {
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
