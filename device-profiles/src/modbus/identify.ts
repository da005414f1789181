import { encodePoint } from './encode-point.ts'
import type { IdentityProbe, ModbusPoint, ModbusProfile } from './profile.ts'
import { compileModbusReader, type ReadRequest } from './reader.ts'
import type { Readings } from './readings.ts'
import { makeScaling } from './scale.ts'
import type { ModbusCells } from './cells.ts'

/** How to find out whether a device is the one of a profile. */
export interface Identification {
  /** Reads to send; an exception to one of them means: it is not this device. */
  readonly requests: readonly ReadRequest[]
  /** Whether what all requests have decoded is what this device shows. */
  matches(readings: Readings): boolean
}

/** Undefined where the profile says nothing by which the device is known. */
export function compileIdentification(profile: ModbusProfile): Identification | undefined {
  const { identify } = profile
  if (identify === undefined) return undefined
  const points = new Map(identify.map(({ point }) => [point.name, point]))
  const reader = compileModbusReader({ ...profile, points }, { params: {} })
  return {
    requests: reader.plan([...points.keys()]),
    matches: ({ values }) => identify.every(probe => fits(probe, values[probe.point.name])),
  }
}

function fits({ is }: IdentityProbe, value: unknown): boolean {
  return is.some(wanted => wanted === value)
}

/** What a simulated device shows in registers by which it is known and that no point lies in. */
export function identityCells({ identify = [], points }: ModbusProfile): readonly ModbusCells[] {
  return identify
    .filter(({ point }) => [...points.values()].every(other => !overlaps(point, other)))
    .map(({ point, is: [shown = 0] }) => {
      const cells = encodePoint(point, makeScaling([], 0), 0, shown)
      return { table: point.table, address: point.address, ...cells }
    })
}

function overlaps(a: ModbusPoint, b: ModbusPoint): boolean {
  return a.table === b.table && a.address < b.address + b.count && b.address < a.address + a.count
}
