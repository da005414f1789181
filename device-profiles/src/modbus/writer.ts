import type { ModbusCells } from './cells.ts'
import type { Value } from '@lineside/contract'
import { ProfileError } from '../error.ts'
import { compilePoint } from './decode-point.ts'
import { encodeNotAvailable, encodePoint, rawRange } from './encode-point.ts'
import { identityCells } from './identify.ts'
import type { FactorRegister, ModbusPoint, ModbusProfile } from './profile.ts'
import type { Readings } from './readings.ts'
import { type Params, paramsOf, pointScaling, type Scaling } from './scale.ts'
import { chainCells } from './sunspec/chain.ts'

/** The device's side of a profile: what a simulator puts into its tables. */
export interface ModbusWriter {
  readonly profile: ModbusProfile
  /** Scale factors, registers by which the device is known or its models are found; put them in once, before the first value. */
  readonly constants: readonly ModbusCells[]
  /**
   * Registers of a value in engineering units, rounded to the raw type's step and clamped to its range.
   * Throws `unknown_point`; `not_encodable` for a value of another type.
   */
  encode(point: string, value: Value): ModbusCells
  /** What the device shows where it has no value; undefined where this point can't say so. */
  encodeNotAvailable(point: string): ModbusCells | undefined
  /** The value that a reader gets after `encode`; undefined where it would be bad (out of range, not available). */
  quantise(point: string, value: Value): Value | undefined
}

interface Compiled {
  readonly point: ModbusPoint
  readonly scaling: Scaling
  readonly exponent: number
  readonly decode: (view: DataView, into: Readings) => void
}

/** Writer for one device. Throws `unknown_param` where a param has neither a value nor a default. */
export function compileModbusWriter(profile: ModbusProfile, options: { readonly params: Params }): ModbusWriter {
  const param = paramsOf(profile, options.params)
  const scalings = new Map([...profile.points].map(([name, point]) => [name, pointScaling(point, param)]))
  const exponents = chooseExponents(profile, scalings)
  const compiled = new Map<string, Compiled>()
  for (const [name, point] of profile.points) {
    const scaling = scalings.get(name) ?? pointScaling(point, param)
    const exponent = point.scaleFrom ? (exponents.get(keyOf(point.scaleFrom)) ?? 0) : 0
    const decode = compilePoint(point, scaling, 0, point.scaleFrom ? () => exponent : undefined)
    compiled.set(name, { point, scaling, exponent, decode })
  }
  const factors = [...factorsOf(profile)].map(([key, factor]) => factorCells(factor, exponents.get(key) ?? 0))
  const models = profile.sunspec ? chainCells(profile.sunspec.chain, profile.sunspec.models) : []
  const constants = [...factors, ...models, ...identityCells(profile)]

  const find = (name: string): Compiled => {
    const found = compiled.get(name)
    if (found) return found
    throw new ProfileError(
      'unknown_point',
      `no point ${name} in ${profile.profile}`,
      `it has: ${[...profile.points.keys()].join(', ')}`,
    )
  }
  const encode = (name: string, value: Value): ModbusCells => {
    const { point, scaling, exponent } = find(name)
    return { table: point.table, address: point.address, ...encodePoint(point, scaling, exponent, value) }
  }
  return {
    profile,
    constants,
    encode,
    encodeNotAvailable(name) {
      const { point } = find(name)
      const cells = encodeNotAvailable(point)
      return cells && { table: point.table, address: point.address, ...cells }
    },
    quantise(name, value) {
      const { table, words } = encode(name, value)
      if (table === 'coil' || table === 'discrete') return value
      const into: Readings = { values: {}, quality: undefined }
      find(name).decode(viewOf(words), into)
      return into.values[name]
    },
  }
}

function viewOf(words: readonly number[]): DataView {
  const view = new DataView(new ArrayBuffer(words.length * 2))
  for (const [index, word] of words.entries()) view.setUint16(index * 2, word)
  return view
}

function keyOf(factor: FactorRegister): string {
  return `${factor.table} ${factor.address} ${factor.half}`
}

function factorsOf(profile: ModbusProfile): Map<string, FactorRegister> {
  const factors = new Map<string, FactorRegister>()
  for (const { scaleFrom } of profile.points.values()) if (scaleFrom) factors.set(keyOf(scaleFrom), scaleFrom)
  return factors
}

/** For each factor the smallest power of ten, −3 at least, with which every value's range fits its raw type. */
function chooseExponents(profile: ModbusProfile, scalings: ReadonlyMap<string, Scaling>): Map<string, number> {
  const exponents = new Map<string, number>()
  for (const [name, point] of profile.points) {
    const scaling = scalings.get(name)
    if (!point.scaleFrom || !scaling) continue
    const largest = point.range ? Math.max(...point.range.map(end => Math.abs(end))) : Number.POSITIVE_INFINITY
    const most = (Number(rawRange(point)[1]) * Math.abs(scaling.multiplier)) / scaling.divisor
    const needed = point.range && most > 0 ? Math.max(-3, Math.ceil(Math.log10(largest / most))) : 0
    const key = keyOf(point.scaleFrom)
    const exponent = Math.max(exponents.get(key) ?? needed, needed)
    exponents.set(key, point.scaleFrom.decimals || point.scaleFrom.type !== 'int16' ? Math.min(0, exponent) : exponent)
  }
  return exponents
}

function factorCells(factor: FactorRegister, exponent: number): ModbusCells {
  const raw = factor.decimals ? -exponent : exponent
  const { table, address } = factor
  if (factor.type !== 'uint8') return { table, address, words: [raw & 0xffff], mask: 0xffff }
  return factor.half === 'high'
    ? { table, address, words: [(raw & 0xff) << 8], mask: 0xff00 }
    : { table, address, words: [raw & 0xff], mask: 0x00ff }
}
