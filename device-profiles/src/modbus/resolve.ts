import { registersOf } from './point-shape.ts'
import type { ProfileBase } from '../profile-base.ts'
import { resolvePointBase } from '../schema.ts'
import type { FactorRegister, IdentityProbe, ModbusPoint, ModbusProfile, ModbusVector } from './profile.ts'
import type { CarrierType, ModbusType } from './types.ts'
import { modbusTables } from './types.ts'
import type { ModbusRaw } from './schema.ts'
import type { ModbusPointRaw } from './point-shape.ts'
import { locatePoint } from './sunspec/locate.ts'
import type { Sunspec } from './sunspec/profile.ts'
import { namedPlaces, resolveSunspec } from './sunspec/resolve.ts'

/** A checked profile with every default written out. */
export function resolveModbus(raw: ModbusRaw, base: ProfileBase): ModbusProfile {
  const { limits, serial } = raw
  const sunspec = resolveSunspec(raw)
  return {
    ...base,
    protocol: 'modbus',
    points: new Map(Object.entries(raw.points).flatMap(([name, point]) => resolvePoints(name, point, raw, sunspec))),
    limits: {
      registers: limits.registers,
      bits: limits.bits,
      hole: limits.hole,
      bitHole: limits.bit_hole,
      gapMs: limits.gap,
    },
    serial: {
      ...(serial.baud === undefined ? {} : { baud: serial.baud }),
      ...(serial.parity === undefined ? {} : { parity: serial.parity }),
      ...(serial.data_bits === undefined ? {} : { dataBits: serial.data_bits }),
      ...(serial.stop_bits === undefined ? {} : { stopBits: serial.stop_bits }),
      ...(serial.unit_id === undefined ? {} : { unitId: serial.unit_id }),
    },
    ...(raw.identify.length === 0 ? {} : { identify: resolveIdentity(raw) }),
    ...(sunspec === undefined ? {} : { sunspec }),
    tests: raw.tests.map(test => resolveVector(test, raw)),
  }
}

function resolveIdentity(raw: ModbusRaw): readonly IdentityProbe[] {
  return raw.identify.map(({ is, ...probe }, index) => ({ point: resolvePoint(`identity_${index}`, probe, raw), is }))
}

/** One, or as many as there are blocks of a SunSpec model. */
function resolvePoints(
  written: string,
  raw: ModbusPointRaw,
  profile: ModbusRaw,
  sunspec: Sunspec | undefined,
): (readonly [string, ModbusPoint])[] {
  const point = resolvePoint(written, raw, profile)
  if (!raw.sunspec || !sunspec) return [[written, point]]
  return namedPlaces(written, raw.sunspec, profile.sunspec).flatMap(({ name, places }) => {
    const located = locatePoint({ ...point, name, sunspec: places }, sunspec.chain, sunspec.models)
    return located ? [[name, located] as const] : []
  })
}

function resolvePoint(name: string, raw: ModbusPointRaw, profile: ModbusRaw): ModbusPoint {
  const table = modbusTables.find(each => raw[each] !== undefined) ?? 'holding'
  const first = profile.addressing === 'one' ? 1 : 0
  const type: ModbusType = raw.type ?? 'bool'
  const registers = table === 'input' || table === 'holding'
  const bits = raw.bit === undefined ? raw.bits : ([raw.bit, raw.bit] as const)
  return {
    ...resolvePointBase(name, raw),
    protocol: 'modbus',
    type,
    table,
    address: (raw[table] ?? first) - first,
    count: registers ? registersOf(raw) : 1,
    order: raw.order ?? profile.order,
    ...(raw.fraction === undefined ? {} : { fraction: raw.fraction }),
    half: raw.half ?? 'low',
    ...(bits === undefined ? {} : { bits }),
    carrier: raw.of ?? ('uint16' satisfies CarrierType),
    names: new Map(Object.entries(raw.names ?? {}).map(([number, text]) => [Number(number), text])),
    padding: raw.padding ?? 'end',
    scale: [raw.scale ?? []].flat(),
    offset: raw.offset ?? 0,
    ...(raw.scale_from === undefined ? {} : { scaleFrom: resolveFactor(raw.scale_from, table, first) }),
    ...(raw.transform === undefined ? {} : { transform: raw.transform }),
    notAvailable: registers ? (raw.not_available ?? profile.not_available[type] ?? []) : [],
    mergeable: raw.mergeable ?? true,
  }
}

function resolveFactor(
  raw: NonNullable<ModbusPointRaw['scale_from']>,
  table: ModbusPoint['table'],
  first: number,
): FactorRegister {
  return { ...raw, address: raw.address - first, table: table === 'input' ? 'input' : 'holding' }
}

function resolveVector(raw: ModbusRaw['tests'][number], profile: ModbusRaw): ModbusVector {
  const first = profile.addressing === 'one' ? 1 : 0
  const cells = modbusTables.flatMap(table =>
    Object.entries(raw[table]).map(([address, text]) => ({
      table,
      address: Number(address) - first,
      words:
        table === 'input' || table === 'holding'
          ? text
              .trim()
              .split(/\s+/)
              .map(word => Number.parseInt(word, 16))
          : Array.from(text.replaceAll(/\s/g, ''), Number),
    })),
  )
  return {
    cells,
    expect: new Map(Object.entries(raw.expect)),
    params: raw.params,
    ...(raw.source === undefined ? {} : { source: raw.source }),
  }
}
