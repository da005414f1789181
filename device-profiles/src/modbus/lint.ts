import type { Remark } from '../remark.ts'
import type { ModbusPoint, ModbusProfile } from './profile.ts'

/** What is legal in a Modbus profile and most likely a mistake. */
export function lintModbus(profile: ModbusProfile): readonly Remark[] {
  return [
    ...overlaps(profile),
    ...[...profile.points.values()].flatMap(point => [...vendorNumber(point), ...range(point), ...sameNames(point)]),
  ]
}

function overlaps(profile: ModbusProfile): Remark[] {
  const remarks: Remark[] = []
  const sorted = [...profile.points.values()].toSorted((a, b) => a.address - b.address)
  for (const [index, point] of sorted.entries()) {
    for (const other of sorted.slice(index + 1)) {
      if (other.address >= point.address + point.count) break
      if (other.table !== point.table || !sharesBits(point, other)) continue
      const message = `it lies in the same registers as ${point.name}; check both addresses and types`
      remarks.push({ path: ['points', other.name, other.table], message })
    }
  }
  return remarks
}

/** Half registers and bit ranges may share a register where they don't share a bit. */
function sharesBits(a: ModbusPoint, b: ModbusPoint): boolean {
  const [fromA, toA] = bitsOf(a)
  const [fromB, toB] = bitsOf(b)
  return fromA <= toB && fromB <= toA
}

function bitsOf(point: ModbusPoint): readonly [number, number] {
  if (point.bits) return point.bits
  if (point.type === 'int8' || point.type === 'uint8') return point.half === 'high' ? [8, 15] : [0, 7]
  return [0, 15]
}

/** Printed lists write 30001 and 40001 for the first register; on the wire it is 0. */
function vendorNumber(point: ModbusPoint): Remark[] {
  if (point.sunspec) return []
  const first = { coil: 0, discrete: 10_001, input: 30_001, holding: 40_001 }[point.table]
  if (first === 0 || point.address < first || point.address >= first + 9999) return []
  const message = `${point.address} looks like a number from a printed list; write ${point.address - first} if it is one`
  return [{ path: ['points', point.name, point.table], message }]
}

/** 65535 from a device after a reset must not pass for a measurement. */
function range({ name, unit, range: plausible }: ModbusPoint): Remark[] {
  const path = ['points', name]
  if (unit !== undefined && plausible === undefined) {
    return [{ path, message: 'a measured value without a plausible range; write range: [least, most]' }]
  }
  if (unit !== undefined || plausible === undefined) return []
  return [{ path, message: 'a range without a unit; write unit: "1" where the value has none' }]
}

/** Two numbers with one name can't be told apart by whoever reads the value. */
function sameNames({ name, names }: ModbusPoint): Remark[] {
  const seen = new Set<string>()
  return [...names].flatMap(([number, text]) => {
    if (!seen.has(text)) {
      seen.add(text)
      return []
    }
    return [{ path: ['points', name, 'names', String(number)], message: `${text} is already a name; write another` }]
  })
}
