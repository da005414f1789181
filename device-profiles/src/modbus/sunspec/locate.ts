import { plainPoint } from '../plain-point.ts'
import type { FactorRegister, ModbusPoint, ModbusProfile } from '../profile.ts'
import { type Params, paramsOf } from '../scale.ts'
import { headerLength } from './chain.ts'
import type { ChainModel, SunspecChain, SunspecModel, SunspecPlace } from './profile.ts'
import { mostSunspecExponent } from './types.ts'

/** A place in the chain of one device. */
export interface FoundPlace {
  readonly model: ChainModel
  readonly place: SunspecPlace
  readonly address: number
}

/**
 * The profile of one device: its points at the addresses that its chain gives them, without those that it doesn't have.
 * A profile without models stays as it is. `params` may say which of several models with one number is meant.
 */
export function locate(profile: ModbusProfile, chain: SunspecChain, params: Params = {}): ModbusProfile {
  const { sunspec } = profile
  if (!sunspec) return profile
  const which = sunspec.whichFrom === undefined ? 1 : (paramsOf(profile, params)(sunspec.whichFrom) ?? 1)
  const meant = which === 1 ? chain : onlyNth(chain, which)
  const points = [...profile.points].flatMap(([name, point]) => {
    const located = point.sunspec ? locatePoint(point, meant, sunspec.models) : point
    return located ? [[name, located] as const] : []
  })
  // Other models are another device to whatever is remembered of one.
  const version = `${profile.version} ${chain.base} ${chain.models.map(({ id, length }) => `${id}/${length}`).join(' ')} ${which}`
  return { ...profile, version, points: new Map(points), sunspec: { ...sunspec, chain } }
}

/** Of models with one number the `nth`, from 1. */
function onlyNth({ base, models }: SunspecChain, nth: number): SunspecChain {
  const seen = new Map<number, number>()
  const kept = models.filter(({ id }) => {
    const count = (seen.get(id) ?? 0) + 1
    seen.set(id, count)
    return count === nth
  })
  return { base, models: kept }
}

/** The point where the chain has it; undefined where it hasn't. */
export function locatePoint(
  point: ModbusPoint,
  chain: SunspecChain,
  known: ReadonlyMap<number, SunspecModel>,
): ModbusPoint | undefined {
  const found = findPlace(point.sunspec ?? [], chain, known)
  if (!found) return undefined
  const { place, model, address } = found
  const { scaleFrom: _, ...rest } = point
  const { type, count, carrier, notAvailable, scaleAt } = place
  const located = { ...rest, table: 'holding' as const, address, type, count, carrier, notAvailable }
  return scaleAt === undefined ? located : { ...located, scaleFrom: factorAt(model.address + scaleAt) }
}

/** The first of the places that lies wholly in a model of the chain. */
export function findPlace(
  places: readonly SunspecPlace[],
  chain: SunspecChain,
  known: ReadonlyMap<number, SunspecModel>,
): FoundPlace | undefined {
  for (const place of places) {
    const model = chain.models.find(({ id }) => place.models.includes(id))
    if (!model) continue
    const offset = offsetOf(place, model, known.get(model.id))
    const end = headerLength + model.length
    if (offset === undefined || offset + place.count > end || (place.scaleAt ?? 0) >= end) continue
    return { model, place, address: model.address + offset }
  }
  return undefined
}

function offsetOf(place: SunspecPlace, model: ChainModel, known: SunspecModel | undefined): number | undefined {
  if (place.block === undefined) return place.at
  if (!known?.blocks || place.block >= model.blocks) return undefined
  return headerLength + known.length + place.block * known.blocks.length + place.at
}

function factorAt(address: number): FactorRegister {
  return { table: 'holding', address, type: 'int16', half: 'low', decimals: false, most: mostSunspecExponent }
}

/**
 * Points that show whether a model is still where it was found: its ID and length as one number, which must be
 * `wanted`. They lie beside what they vouch for, so that one request brings both.
 */
export interface HeaderPoint {
  readonly point: ModbusPoint
  readonly wanted: number
  readonly model: ChainModel
}

export function headerPoints({ models }: SunspecChain): readonly HeaderPoint[] {
  return models.map(model => {
    const point = plainPoint(`header of model ${model.id} at ${model.address}`, 'uint32', headerLength)
    return { point: { ...point, address: model.address }, wanted: model.id * 65_536 + model.length, model }
  })
}
