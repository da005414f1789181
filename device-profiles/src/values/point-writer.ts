import type { Value } from '@lineside/contract'
import { ProfileError } from '../error.ts'
import { formatNmeaDegrees } from './nmea-degrees.ts'
import { formatDecimal } from './number-text.ts'
import type { Params, TextPoint } from './point.ts'
import { pointReader } from './point-reader.ts'
import { maxStringLength } from './read-raw.ts'
import type { Readings } from './readings.ts'
import { plainScaling, removeScaling, unitScalings } from './scaling.ts'

function refuse(point: TextPoint, value: Value, why: string): never {
  throw new ProfileError(
    'not_encodable',
    `point ${point.name}: ${String(value)} ${why}`,
    'give a value that the type holds',
  )
}

/**
 * A value as the device writes it, in the given unit (default: unscaled or the point's plain scale).
 * Throws ProfileError `not_encodable` where the point's type can't hold it.
 */
export function writePoint(point: TextPoint, value: Value, params: Params, unit?: string): string {
  if (point.type === 'bool' || point.type === 'enum') return writeName(point, value)
  if (point.type === 'string') {
    const fits = typeof value === 'string' && value.trim() === value && value !== '' && value.length <= maxStringLength
    return fits ? value : refuse(point, value, 'is not a text that survives')
  }
  if (typeof value !== 'number' && typeof value !== 'bigint') return refuse(point, value, 'is not a number')
  const scaling = unit === undefined ? plainScaling(point, params) : unitScalings(point).get(unit)
  if (scaling === undefined) return refuse(point, value, `has no unit ${unit}`)
  const raw = removeScaling(scaling, value)
  if (typeof raw === 'bigint') return String(raw)
  if (point.type === 'integer') {
    const text = Number.isFinite(raw) ? String(BigInt(Math.round(raw))) : undefined
    return text ?? refuse(point, value, 'is not finite')
  }
  const format = point.type === 'nmea_degrees' ? formatNmeaDegrees : formatDecimal
  const text = format(raw, point.decimals) ?? refuse(point, value, 'is not finite')
  return point.decimalComma ? text.replace('.', ',') : text
}

function writeName(point: TextPoint, value: Value): string {
  if (point.names.size === 0 && typeof value === 'boolean') return String(value)
  for (const [text, name] of point.names) if (name === value) return text
  return refuse(point, value, 'has no name in this profile')
}

/** The unit a device would write this value with: the first of the point's, or the other hemisphere. */
export function usualUnit(point: TextPoint, value: Value): string | undefined {
  const [usual] = point.units.keys()
  if (point.type !== 'nmea_degrees' || typeof value !== 'number' || value >= 0) return usual
  return [...point.units].find(([, { scale }]) => scale < 0)?.[0] ?? usual
}

/**
 * The value that survives the way over the wire: rounded to the device's decimals, in its unit and scale.
 * Undefined where the reading would be bad (out of the plausible range).
 */
export function quantise(
  point: TextPoint,
  value: Value,
  options: { readonly unit?: string; readonly params?: Params } = {},
): Value | undefined {
  const params = options.params ?? {}
  const into: Readings = { values: {} }
  const text = writePoint(point, value, params, options.unit)
  pointReader(point, params)(into, text, options.unit === undefined ? 'none' : { text: options.unit })
  return into.values[point.name]
}
