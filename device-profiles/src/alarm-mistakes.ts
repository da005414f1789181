import { unitSign } from '@lineside/contract'
import { suggest } from '@lineside/settings'
import type { WrittenAlarm } from './device.ts'
import { isNumericType } from './numeric-type.ts'
import type { PointBase } from './profile-base.ts'

/** What is wrong with an alarm on a point that is there. */
export interface AlarmMistake {
  /** Where; undefined: nowhere in particular. */
  readonly key?: keyof WrittenAlarm
  readonly message: string
  readonly fix: string
}

interface Judged extends PointBase {
  /** Raw number or text → name or state. */
  readonly names?: ReadonlyMap<number | string, string | boolean>
}

/** Whether a profile proposes the alarm or a user writes it. */
export function alarmMistakes(alarm: WrittenAlarm, point: Judged): readonly AlarmMistake[] {
  return alarm.is === undefined ? limitMistakes(alarm, point) : stateMistakes(alarm, alarm.is, point)
}

function stateMistakes(
  { high, low, hysteresis }: WrittenAlarm,
  is: readonly (string | boolean)[],
  point: Judged,
): readonly AlarmMistake[] {
  if (isNumericType(point.type)) {
    return [{ key: 'is', message: `${point.name} is a number (${point.type})`, fix: 'write high: or low: instead' }]
  }
  const limits = { high: high !== undefined, low: low !== undefined, hysteresis: hysteresis > 0 }
  const mistakes: AlarmMistake[] = (['high', 'low', 'hysteresis'] as const)
    .filter(key => limits[key])
    .map(key => ({
      key,
      message: `${key} is for numbers, and ${point.name} is none (${point.type})`,
      fix: 'remove it',
    }))
  for (const state of is) {
    const fix = neverIs(point, state)
    if (fix !== undefined) mistakes.push({ key: 'is', message: `${point.name} is never ${JSON.stringify(state)}`, fix })
  }
  return mistakes
}

/** What to write in place of a state that the point is never in. */
function neverIs({ type, names = new Map() }: Judged, state: string | boolean): string | undefined {
  if (type === 'bool') return typeof state === 'boolean' ? undefined : 'write true or false'
  if (type === 'string') return typeof state === 'string' ? undefined : `write "${state}", a text`
  const known = [...names.values()].map(String)
  if (typeof state === 'boolean') return suggest(String(state), known)
  if (known.includes(state)) return undefined
  // What has a number and no name is told by that.
  const isNumbered = [...names.keys()].every(key => typeof key === 'number')
  const nameless = type === 'bitfield' ? /^bit_\d{1,2}$/ : /^-?\d{1,10}$/
  return isNumbered && nameless.test(state) ? undefined : suggest(state, known)
}

function limitMistakes(alarm: WrittenAlarm, point: Judged): readonly AlarmMistake[] {
  const { high, low, hysteresis } = alarm
  if (!isNumericType(point.type)) {
    const message = `${point.name} is no number (${point.type}), so no limit can be judged`
    return [{ key: 'point', message, fix: `write ${isExample(point)} in place of limits, or name another point` }]
  }
  if (high === undefined && low === undefined) {
    return [{ message: 'the alarm has no limit', fix: 'write high: or low:' }]
  }
  const mistakes: AlarmMistake[] = []
  if (high !== undefined && low !== undefined) {
    if (high <= low)
      mistakes.push({ key: 'high', message: `high ${high} is not above low ${low}`, fix: 'swap the two' })
    else if (hysteresis * 2 >= high - low) {
      const message = `hysteresis ${hysteresis} leaves no way back between ${low} and ${high}`
      mistakes.push({ key: 'hysteresis', message, fix: `write less than ${(high - low) / 2}` })
    }
  }
  if (point.range === undefined) return mistakes
  const [least, most] = point.range
  const unit = point.unit === undefined ? '' : ` ${unitSign(point.unit)}`
  const words = `the plausible range of ${point.name} is ${least} to ${most}${unit.trimEnd()}`
  const fix = 'write a limit within it'
  if (high !== undefined && high >= most)
    mistakes.push({ key: 'high', message: `nothing can be above ${high}: ${words}`, fix })
  if (low !== undefined && low <= least)
    mistakes.push({ key: 'low', message: `nothing can be below ${low}: ${words}`, fix })
  return mistakes
}

/** `is: true`. */
function isExample({ type, names = new Map() }: Pick<Judged, 'type' | 'names'>): string {
  const [first = 'text'] = [...names.values()]
  return `is: ${type === 'bool' ? 'true' : String(first)}`
}
