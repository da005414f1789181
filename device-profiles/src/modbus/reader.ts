import { ProfileError } from '../error.ts'
import { compilePoint, type DecodePoint, type ReadExponent } from './decode-point.ts'
import { type Barrier, type Block, coalesce, spansOf } from './plan.ts'
import type { FactorRegister, ModbusPoint, ModbusProfile } from './profile.ts'
import { type ReadFunctionCode, readFunctionCodes } from './types.ts'
import { setQuality, type Readings } from './readings.ts'
import { type Params, paramsOf, pointScaling } from './scale.ts'
import { FactorSlot } from './factor-slot.ts'
import { modelBarriers } from './sunspec/chain.ts'

/** One read of a device and what becomes of its answer. */
export interface ReadRequest {
  readonly functionCode: ReadFunctionCode
  /** Zero-based. */
  readonly address: number
  /** Registers or bits. */
  readonly count: number
  /** Points that this request brings. A request for a scale factor alone has none. */
  readonly points: readonly string[]
  /**
   * Decodes the registers or packed bits of the answer (what follows the byte count) into `into`. All requests of one
   * poll share one `into`; the next poll takes a new one. Too few bytes make the points `bad:malformed`.
   */
  decode(data: Uint8Array, into: Readings): void
}

export interface ModbusReader {
  readonly profile: ModbusProfile
  /**
   * The fewest requests that bring these points under the device's limits and over none of the barriers, in the order
   * to send them. Costs milliseconds for large sets: keep the answer for points that are due together. Throws
   * `unknown_point`.
   */
  plan(points: readonly string[], barriers?: readonly Barrier[]): readonly ReadRequest[]
}

/** Reader of one device. Throws `unknown_param` where a param has neither a value nor a default. */
export function compileModbusReader(profile: ModbusProfile, options: { readonly params: Params }): ModbusReader {
  const param = paramsOf(profile, options.params)
  const scalings = new Map([...profile.points].map(([name, point]) => [name, pointScaling(point, param)]))
  const models = profile.sunspec ? modelBarriers(profile.sunspec.chain) : []
  return { profile, plan }

  function plan(names: readonly string[], barriers: readonly Barrier[] = []): readonly ReadRequest[] {
    const points = [...new Set(names)].map(name => pointOf(profile, name))
    const blocks = coalesce(spansOf(points, profile.limits), profile.limits, [...models, ...barriers])
    const slots = new Map<string, FactorSlot>()
    const requests = blocks.map(block => {
      const decoders = block.points.map(point => decoder(point, block, slots))
      return { block, decoders }
    })
    const feeding = (block: Block): FactorSlot[] => [...slots.values()].filter(slot => holds(block, slot.register))
    return requests
      .map(({ block, decoders }) => makeRequest(block, decoders, feeding(block)))
      .toSorted((a, b) => Number(a.points.length > 0) - Number(b.points.length > 0))
  }

  function decoder(point: ModbusPoint, block: Block, slots: Map<string, FactorSlot>): DecodePoint {
    const scaling = scalings.get(point.name)
    if (!scaling)
      throw new ProfileError(
        'unknown_point',
        `no point ${point.name} in ${profile.profile}`,
        'name a point of the profile',
      )
    const bit = point.table === 'coil' || point.table === 'discrete'
    const at = (point.address - block.start) * (bit ? 1 : 2)
    const register = point.scaleFrom
    if (!register) return compilePoint(point, scaling, at)
    if (holds(block, register)) return compilePoint(point, scaling, at, exponentReader(register, block))
    const key = `${register.table} ${register.address} ${register.type} ${register.half} ${register.decimals}`
    const slot = slots.get(key) ?? new FactorSlot(register)
    slots.set(key, slot)
    return slot.dependent(
      point.name,
      compilePoint(point, scaling, at, () => slot.exponent),
    )
  }
}

function pointOf(profile: ModbusProfile, name: string): ModbusPoint {
  const point = profile.points.get(name)
  if (point) return point
  throw new ProfileError(
    'unknown_point',
    `no point ${name} in ${profile.profile}`,
    `it has: ${[...profile.points.keys()].join(', ')}`,
  )
}

function holds(block: Block, register: FactorRegister): boolean {
  return register.table === block.table && register.address >= block.start && register.address < block.end
}

/** Exponent of a factor register; NaN where the device says that it has none. */
function exponentReader(register: FactorRegister, block: Block): ReadExponent {
  const at = (register.address - block.start) * 2
  const sign = register.decimals ? -1 : 1
  if (register.type === 'uint8') {
    const byte = register.half === 'high' ? at : at + 1
    return view => sign * view.getUint8(byte)
  }
  const read = (view: DataView): number => (register.type === 'int16' ? view.getInt16(at) : view.getUint16(at))
  const { most = Number.POSITIVE_INFINITY } = register
  return view => {
    const raw = read(view)
    return raw === -32_768 || raw === 65_535 || Math.abs(raw) > most ? Number.NaN : sign * raw
  }
}

function makeRequest(block: Block, decoders: readonly DecodePoint[], slots: readonly FactorSlot[]): ReadRequest {
  const points = block.points.map(point => point.name)
  const count = block.end - block.start
  const bytes = block.table === 'coil' || block.table === 'discrete' ? Math.ceil(count / 8) : count * 2
  const feeds = slots.map(slot => ({ slot, read: exponentReader(slot.register, block) }))
  return {
    functionCode: readFunctionCodes[block.table],
    address: block.start,
    count,
    points,
    decode(data, into) {
      if (data.byteLength < bytes) {
        for (const point of points) setQuality(into, point, 'bad:malformed')
        return
      }
      const view = new DataView(data.buffer, data.byteOffset, data.byteLength)
      for (const feed of feeds) feed.slot.take(feed.read(view), into)
      for (const decode of decoders) decode(view, into)
    },
  }
}
