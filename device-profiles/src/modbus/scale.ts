import { ProfileError } from '../error.ts'
import type { ModbusPoint, ModbusProfile } from './profile.ts'

/** Powers of ten that a double holds exactly. */
export const powersOfTen: readonly number[] = Array.from({ length: 23 }, (_, n) => Number(`1e${n}`))

/** engineering = (raw × multiplier + addend) / divisor. Integers where the scale is a short decimal: 23.4, not 23.400000000000002. */
export interface Scaling {
  readonly multiplier: number
  readonly addend: number
  readonly divisor: number
  /** engineering = raw. */
  readonly identity: boolean
}

/** A number as integer × 10^−decimals, or undefined where that doesn't fit. */
export function asDecimal(value: number): { readonly digits: number; readonly decimals: number } | undefined {
  const match = /^(-?\d+)(?:\.(\d+))?(?:e([+-]\d+))?$/.exec(String(value))
  if (!match) return undefined
  const fraction = match[2] ?? ''
  const digits = Number(`${match[1]}${fraction}`)
  const decimals = fraction.length - Number(match[3] ?? 0)
  if (decimals < 0) return asDecimalInteger(value)
  return Number.isSafeInteger(digits) && decimals <= 22 ? { digits, decimals } : undefined
}

function asDecimalInteger(value: number): { readonly digits: number; readonly decimals: number } | undefined {
  return Number.isSafeInteger(value) ? { digits: value, decimals: 0 } : undefined
}

/** Scale × scale … and offset as one fraction with a power of ten below. */
export function makeScaling(scales: readonly number[], offset: number): Scaling {
  const parts = scales.map(asDecimal)
  const shift = asDecimal(offset)
  let multiplier = 1
  let decimals = 0
  for (const part of parts) {
    multiplier *= part?.digits ?? Number.NaN
    decimals += part?.decimals ?? 0
  }
  const exact = exactScaling(multiplier, decimals, shift)
  if (exact) return exact
  const product = scales.reduce((a, b) => a * b, 1)
  return { multiplier: product, addend: offset, divisor: 1, identity: product === 1 && offset === 0 }
}

function exactScaling(
  multiplier: number,
  decimals: number,
  offset: { readonly digits: number; readonly decimals: number } | undefined,
): Scaling | undefined {
  if (!offset || !Number.isSafeInteger(multiplier)) return undefined
  const common = Math.max(decimals, offset.decimals)
  const divisor = powersOfTen[common]
  const up = powersOfTen[common - decimals]
  const upOffset = powersOfTen[common - offset.decimals]
  if (divisor === undefined || up === undefined || upOffset === undefined) return undefined
  const scaled = { multiplier: multiplier * up, addend: offset.digits * upOffset, divisor }
  if (!Number.isSafeInteger(scaled.multiplier) || !Number.isSafeInteger(scaled.addend)) return undefined
  return { ...scaled, identity: scaled.multiplier === scaled.divisor && scaled.addend === 0 }
}

/** What a device sets of the params its profile declares. */
export type Params = Readonly<Record<string, number | string>>

/** Looks a param up: what the device sets, else the profile's default. */
export function paramsOf(profile: ModbusProfile, params: Params): (name: string) => number | undefined {
  return name => {
    const value = params[name] ?? profile.params.get(name)?.default
    return value === undefined ? undefined : Number(value)
  }
}

/** Scaling of one point, its params filled in. Throws `unknown_param` where one has neither a value nor a default. */
export function pointScaling(point: ModbusPoint, param: (name: string) => number | undefined): Scaling {
  const value = (factor: number | string): number => {
    if (typeof factor === 'number') return factor
    const found = param(factor)
    if (found !== undefined) return found
    throw new ProfileError(
      'unknown_param',
      `point ${point.name}: param ${factor} has no value`,
      `set params: { ${factor}: 1 } on the device, or give it a default in the profile`,
    )
  }
  return makeScaling(point.scale.map(value), value(point.offset))
}
