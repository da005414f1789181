import { rawReader, scalarText } from './read-raw.ts'
import type { Params, TextPoint } from './point.ts'
import { type Readings, setQuality } from './readings.ts'
import { applyScaling, plainScaling, unitScalings } from './scaling.ts'

/** What the device writes as the unit: `none` where the profile says that it writes none. */
export type WireUnit = { readonly text: unknown } | 'none'

/** Adds the reading of one point: its value, or why there is none. */
export type PointReader = (into: Readings, raw: unknown, unit: WireUnit) => void

/**
 * A blank unit leaves the value in the point's own unit, as `uncertain:unit_mismatch`: it can't be confirmed.
 * An angle without its hemisphere is none; a unit that the profile doesn't know makes it `bad:malformed`, as no value in the point's unit can be given.
 */
export function pointReader(point: TextPoint, params: Params): PointReader {
  const { name, notAvailable, range } = point
  const read = rawReader(point)
  const plain = plainScaling(point, params)
  const byUnit = unitScalings(point)

  return (into, raw, unit) => {
    const trimmed = typeof raw === 'string' ? raw.trim() : raw
    if (isNotAvailable(trimmed, notAvailable)) return setQuality(into, name, 'bad:not_available')
    const found = read(trimmed)
    if (found === undefined) return setQuality(into, name, 'bad:malformed')
    const unitText = unit === 'none' ? undefined : (scalarText(unit.text) ?? '').trim()
    const blank = unitText === undefined || unitText === ''
    const scaling = blank && point.type !== 'nmea_degrees' ? plain : byUnit.get(unitText ?? '')
    if (scaling === undefined) return setQuality(into, name, 'bad:malformed')
    const value = typeof found === 'number' || typeof found === 'bigint' ? applyScaling(scaling, found) : found
    if (range !== undefined && typeof value !== 'string' && typeof value !== 'boolean') {
      if (value < range[0] || value > range[1]) return setQuality(into, name, 'bad:out_of_range')
    }
    if (typeof value === 'number' && !Number.isFinite(value)) return setQuality(into, name, 'bad:malformed')
    into.values[name] = value
    if (unitText === '') setQuality(into, name, 'uncertain:unit_mismatch')
  }
}

function isNotAvailable(raw: unknown, texts: ReadonlySet<string>): boolean {
  if (raw === null || raw === undefined || raw === '') return true
  if (typeof raw !== 'string') return texts.size > 0 && texts.has(scalarText(raw) ?? '')
  return texts.has(raw) || /^[+-]?nan$/i.test(raw)
}
