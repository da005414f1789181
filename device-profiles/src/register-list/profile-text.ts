import { yamlScalar } from '@lineside/settings'
import { loadProfiles } from '../loader.ts'
import { exampleVector } from './example-vector.ts'
import { isRanged, rangeOf } from './range.ts'
import type { ListedPoint } from './rows.ts'

export interface NewProfile {
  /** `vendor/model`. */
  readonly profile: string
  readonly vendor: string
  readonly model: string
  /** Where the list comes from, and how far to believe it. */
  readonly source: string
  readonly confidence: 'high' | 'medium' | 'low'
}

/** The text of a profile with these points, and a test that shows how one is written. */
export function profileText(head: NewProfile, points: readonly ListedPoint[]): string {
  const bare = [...headLines(head, points), 'points:', ...points.map(point => `  ${point.name}: ${entry(point)}`)]
  const text = `${bare.join('\n')}\n`
  const { profiles } = loadProfiles([{ file: `${head.profile}.yaml`, text }])
  const profile = profiles.get(head.profile)
  return profile?.protocol === 'modbus' ? `${text}${exampleVector(profile)}` : text
}

function headLines(
  { profile, vendor, model, source, confidence }: NewProfile,
  points: readonly ListedPoint[],
): string[] {
  const caveats = ['Made from a register list, and not compared with a device yet']
  if (points.some(isOpen))
    caveats.push('Ranges that the list does not give are as wide as the raw types, and ±1e9 for floats; narrow them')
  return [
    `profile: ${profile}`,
    `vendor: ${yamlScalar(vendor)}`,
    `model: ${yamlScalar(model)}`,
    'protocol: modbus',
    'caveats:',
    ...caveats.map(caveat => `  - ${JSON.stringify(caveat)}`),
    'sources:',
    `  - { title: ${JSON.stringify(source)}, confidence: ${confidence} }`,
  ]
}

/** A measured value of which the list says no range. */
function isOpen({ unit, min, max, type }: ListedPoint): boolean {
  return unit !== undefined && (min === undefined || max === undefined) && isRanged(type)
}

function entry(point: ListedPoint): string {
  const { table, address, type, order, registers, scale, offset, description } = point
  const isBit = table === 'coil' || table === 'discrete'
  const isNumber = !isBit && isRanged(type)
  const range = isNumber ? rangeOf(point) : undefined
  const unit = isNumber ? (point.unit ?? (range ? '1' : undefined)) : undefined
  const keys = [
    `${table}: 0x${address.toString(16).toUpperCase().padStart(4, '0')}`,
    ...(isBit ? [] : [`type: ${type}`]),
    ...(order === undefined || order === 'abcd' || isBit ? [] : [`order: ${order}`]),
    ...(registers === undefined || isBit ? [] : [`registers: ${registers}`]),
    ...(isNumber && scale !== 1 ? [`scale: ${scale}`] : []),
    ...(isNumber && offset !== 0 ? [`offset: ${offset}`] : []),
    ...(unit === undefined ? [] : [`unit: ${yamlScalar(unit)}`]),
    ...(description === undefined ? [] : [`description: ${yamlScalar(description.slice(0, 500))}`]),
    ...(range === undefined ? [] : [`range: [${range.join(', ')}]`]),
  ]
  return `{ ${keys.join(', ')} }`
}
