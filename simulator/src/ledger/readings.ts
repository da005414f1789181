import type { Value } from '@lineside/contract'

/** Readings of one device that belong together, from the ledger or the archive. */
export interface ArchivedSample {
  readonly device: string
  readonly points: Readonly<Record<string, Value>>
  /** Point → quality, for points that are not good; uncertain ones stand in `points` too. */
  readonly quality?: Readonly<Record<string, string>>
}

/** Point → value; a bad reading is a text that begins with `mark`. */
export type Readings = Map<string, Value>

const mark = '\u0000'

/** Qualities that speak of the way to the device, not of what it said. */
const ofTheWay: ReadonlySet<string> = new Set(['bad:communication', 'bad:refused', 'bad:malformed', 'bad:checksum'])

/** What a sample or reply says about the points asked for. */
export function readingsOf(sample: ArchivedSample, only: (device: string, point: string) => boolean): Readings {
  const readings: Readings = new Map()
  for (const point in sample.points) {
    const value = sample.points[point]
    if (value !== undefined && only(sample.device, point)) readings.set(point, value)
  }
  for (const point in sample.quality) {
    const quality = sample.quality[point]
    if (quality?.startsWith('bad:') === true && only(sample.device, point)) readings.set(point, mark + quality)
  }
  return readings
}

/** Whether a reading says only that the device could not be asked. */
export function isOfTheWay(reading: Value): boolean {
  return typeof reading === 'string' && reading.startsWith(mark) && ofTheWay.has(reading.slice(mark.length))
}

/** Equal in value. A whole number may be a number here and a bigint there, and the archive keeps true as 1. */
export function sameReading(a: Value | undefined, b: Value | undefined): boolean {
  if (a === b) return true
  if (typeof a === 'boolean') return sameReading(a ? 1 : 0, b)
  if (typeof b === 'boolean') return sameReading(a, b ? 1 : 0)
  if (typeof a === 'bigint' && typeof b === 'number') return Number.isInteger(b) && BigInt(b) === a
  if (typeof a === 'number' && typeof b === 'bigint') return Number.isInteger(a) && BigInt(a) === b
  return false
}

/** As a person reads them. */
export function showReadings(readings: Readings): Record<string, Value> {
  return Object.fromEntries(
    [...readings].map(([point, value]) => [
      point,
      typeof value === 'string' && value.startsWith(mark) ? value.slice(mark.length) : value,
    ]),
  )
}
