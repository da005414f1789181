import { identificationObjects } from './frames/identification.ts'
import type { ModbusPoint, ModbusProfile } from './profile.ts'
import type { Fit } from './trial.ts'

/** What one profile is to a unit. */
export interface RankedFit extends Fit {
  /** `certain`: the unit says so itself; `likely`: much speaks for it; `possible`: nothing much speaks against it. */
  readonly confidence: 'certain' | 'likely' | 'possible'
  /** Half a sentence. */
  readonly why: string
}

const likelyBits = 10
const possibleBits = 4
/** Fewer numbers than that may be anybody's. */
const likelyDistinct = 3
/** Two profiles whose evidence is this close can't be told apart by it. */
const tieBits = 2
const shortestName = 3

/**
 * Profiles that may be the unit's, best first. `told` is what it says of itself (function 43/14), by object. Where
 * several fit equally well none is more than possible, nor are two that read one register as different values. Where
 * nothing speaks for any, those are possible that nothing speaks against.
 */
export function rankFits(fits: readonly Fit[], told: ReadonlyMap<number, string>): readonly RankedFit[] {
  const ranked = inOrder(fits.flatMap(fit => ranking(fit, told) ?? []))
  if (ranked.length === 0) return inOrder(fits.filter(isUnopposed).map(weakly))
  const [best, second] = ranked
  if (best?.confidence !== 'likely') return ranked
  if (second !== undefined && best.bits - second.bits < tieBits) return ranked.map(asPossible)
  const rivals = ranked.filter(fit => fit !== best && contradicts(best, fit))
  if (rivals.length === 0) return ranked
  // A rival comes right behind: it is what to compare the best one with.
  const others = ranked.filter(fit => fit !== best && !rivals.includes(fit))
  return [best, ...rivals, ...others].map(asPossible)
}

function inOrder(fits: readonly RankedFit[]): readonly RankedFit[] {
  return fits.toSorted((a, b) => rankOf(a) - rankOf(b) || b.bits - a.bits || b.good - a.good)
}

function asPossible(fit: RankedFit): RankedFit {
  return { ...fit, confidence: 'possible' }
}

/** Every point answers and has a value that it may have; that such a device is there says nothing more. */
function isUnopposed({ profile, identified, asked, good, bits }: Fit): boolean {
  return identified !== false && asked === profile.points.size && good === asked && asked > 0 && bits >= 0
}

function weakly(fit: Fit): RankedFit {
  const why = `all points (${fit.asked}) answer, but so they would on other devices`
  return { ...fit, confidence: 'possible', why }
}

/** Whether both fit completely, and make different values of one register: they can't both be right. */
function contradicts({ profile, ...one }: Fit, other: Fit): boolean {
  if (one.good < one.asked || other.good < other.asked || other.distinct < likelyDistinct) return false
  return [...profile.points.values()].some(point => {
    const same = other.profile.points.get(point.name)
    return same !== undefined && placeOf(point) === placeOf(same) && scalingOf(point) !== scalingOf(same)
  })
}

function placeOf({ table, address, count }: ModbusPoint): string {
  return `${table} ${address} ${count}`
}

function scalingOf({ type, scale, offset }: ModbusPoint): string {
  return `${type} ${scale.join(' ')} ${offset}`
}

function rankOf({ confidence }: RankedFit): number {
  return ['certain', 'likely', 'possible'].indexOf(confidence)
}

function ranking(fit: Fit, told: ReadonlyMap<number, string>): RankedFit | undefined {
  const { profile, identified, good, asked, distinct, bits } = fit
  const share = asked === 0 ? 0 : good / asked
  const read = `${good} of ${asked} points answer and are plausible`
  if (identified === true)
    return { ...fit, confidence: 'certain', why: `it shows what this device is known by; ${read}` }
  if (identified === false) return undefined
  if (namesItself(profile, told) && share >= 0.5) {
    return { ...fit, confidence: 'certain', why: `it says so itself; ${read}` }
  }
  const rest = distinct === 1 ? 'one number' : `${distinct} numbers`
  const why = distinct < likelyDistinct ? `${read}, but this rests on ${rest}` : read
  const isLikely = share >= 0.8 && bits >= likelyBits && distinct >= likelyDistinct
  if (isLikely) return { ...fit, confidence: 'likely', why }
  if (share >= 0.5 && bits >= possibleBits) return { ...fit, confidence: 'possible', why }
  return undefined
}

/** Whether a unit calls itself by the vendor of a profile, and by a word of its model that has a digit. */
function namesItself({ vendor, model }: ModbusProfile, told: ReadonlyMap<number, string>): boolean {
  const names = [...told].filter(([id]) => identificationObjects.has(id)).map(([, text]) => plain(text))
  const [first = ''] = vendor.split(' ')
  if (plain(first).length < shortestName || !names.some(name => name.includes(plain(first)))) return false
  const words = model.split(/[\s/,()]+/).filter(word => /\d/.test(word) && plain(word).length >= shortestName)
  return words.some(word => names.some(name => name.includes(plain(word))))
}

function plain(text: string): string {
  return text.toLowerCase().replaceAll(/[^a-z0-9]/g, '')
}
