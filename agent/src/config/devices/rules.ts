import { alarmMistakes, type DeviceProfile, isNumericType, type WrittenAlarm } from '@lineside/device-profiles'
import { suggest } from '@lineside/settings'
import type { DetectRule } from '../../detect/detectors.ts'
import type { Watched } from '../../detect/kind.ts'
import type { RuleText } from '../../detect/rule.ts'
import { type LimitRule, limitRule } from '../../detect/limit-rule.ts'
import { complain, type Resolving, writtenKeys, writtenText } from '../context.ts'
import { believableSpread, isPolled } from './points.ts'
import { type DetectEntry, detectorsOf, type DeviceEntry } from './entry.ts'
import type { PointConfig } from '../types.ts'

interface Device {
  readonly name: string
  readonly profile: DeviceProfile
  readonly points: ReadonlyMap<string, PointConfig>
}

/** Says which rules look at points that the profile doesn't have, or that a detector can't learn from. */
export function checkRulePoints(ctx: Resolving, device: string, profile: DeviceProfile): void {
  for (const section of ['alarms', 'detect']) {
    for (const rule of writtenKeys(ctx.document, ['devices', device, section])) {
      const path = ['devices', device, section, rule, 'point']
      const point = writtenText(ctx.document, path)
      if (point === undefined) continue
      const known = profile.points.get(point)
      if (known === undefined) {
        const fitting = [...profile.points.values()].filter(({ type }) => section === 'alarms' || isNumericType(type))
        const names = fitting.map(({ name }) => name)
        complain(ctx, path, `${profile.profile} has no point ${point}`, suggest(point, names))
      } else if (section === 'detect' && !isNumericType(known.type)) {
        complain(ctx, path, `${point} is no number (${known.type}), so nothing is learnt of it`, 'name another point')
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
    const point = device.profile.points.get(rule.point)
    if (point === undefined) return []
    for (const { key, message, fix } of alarmMistakes(rule, point)) {
      complain(ctx, key === undefined ? path : [...path, key], message, fix, key === undefined ? 'key' : 'value')
    }
    return [{ ...ruleText(device.name, name, rule), ...limitRule(rule, point.type) }]
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
    const fix = known.length === 0 ? 'write point: and high:, low: or is:' : suggest(name, known)
    complain(ctx, path, `${profile} proposes no alarm ${name}`, fix, 'key')
  }
  return rule
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
