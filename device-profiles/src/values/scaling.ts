import { ProfileError } from '../error.ts'
import { makeScaling, type Scaling } from '../modbus/scale.ts'
import type { ParamDeclaration } from '../profile-base.ts'
import type { Params, TextPoint } from './point.ts'

/** A device's params over the defaults of its profile. */
export function withDefaults(declared: ReadonlyMap<string, ParamDeclaration>, params: Params): Params {
  const all: Record<string, number | string> = {}
  for (const [name, { default: value }] of declared) if (value !== undefined) all[name] = value
  return { ...all, ...params }
}

/** Throws `unknown_param` where it has neither a value nor a default. */
export function paramOf(params: Params, name: string): number | string {
  const value = Object.hasOwn(params, name) ? params[name] : undefined
  if (value !== undefined) return value
  throw new ProfileError('unknown_param', `param ${name} has no value`, `set params: { ${name}: … } on the device`)
}

/** Puts params in place of `{name}`. Throws `unknown_param`. */
export function fillParams(template: string, params: Params): string {
  return template.replaceAll(/\{([a-z][a-z0-9_]*)\}/g, (_, name: string) => String(paramOf(params, name)))
}

/** A number, or that of a param. Throws `unknown_param`. */
export function factorOf(factor: number | string, params: Params): number {
  const value = typeof factor === 'number' ? factor : Number(paramOf(params, factor))
  if (Number.isFinite(value)) return value
  throw new ProfileError('unknown_param', `param ${factor} is not a number`, 'write a number')
}

/** Raw → the point's unit, where the device names no unit. */
export function plainScaling(point: TextPoint, params: Params): Scaling {
  return makeScaling([factorOf(point.scale, params)], factorOf(point.offset, params))
}

/** Unit text → scaling into the point's unit. */
export function unitScalings(point: TextPoint): ReadonlyMap<string, Scaling> {
  return new Map([...point.units].map(([text, { scale, offset }]) => [text, makeScaling([scale], offset)]))
}

/**
 * Integers beyond 2^53 stay exact where nothing is to be scaled. All else is rounded to 15 significant digits, as
 * raw values are decimals: 1015.5, not 1015.5000000000001.
 */
export function applyScaling(scaling: Scaling, raw: number | bigint): number | bigint {
  if (scaling.identity) return raw
  return Number(((Number(raw) * scaling.multiplier + scaling.addend) / scaling.divisor).toPrecision(15)) + 0
}

export function removeScaling(scaling: Scaling, value: number | bigint): number | bigint {
  if (scaling.identity) return value
  return (Number(value) * scaling.divisor - scaling.addend) / scaling.multiplier
}
