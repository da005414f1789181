import type { CarrierType, ModbusType } from '../types.ts'

interface SunspecTypeFacts {
  readonly type: ModbusType
  /** Registers; of a string the profile says. */
  readonly count: number
  readonly carrier?: CarrierType
  /** What a point shows that the device does not implement. Floats are NaN then and texts empty, which is no value anyway. */
  readonly notImplemented: readonly (number | bigint)[]
}

/** Types by the names that the SunSpec information model specification gives them. */
export const sunspecTypeNames = [
  'int16',
  'uint16',
  'acc16',
  'int32',
  'uint32',
  'acc32',
  'int64',
  'uint64',
  'acc64',
  'float32',
  'float64',
  'string',
  'enum16',
  'enum32',
  'bitfield16',
  'bitfield32',
] as const
export type SunspecType = (typeof sunspecTypeNames)[number]

const float = { count: 2, notImplemented: [] } as const

/** An accumulator of 0 is not accumulated; devices are also seen that show all ones. */
const facts: Readonly<Record<SunspecType, SunspecTypeFacts>> = {
  int16: { type: 'int16', count: 1, notImplemented: [0x8000] },
  uint16: { type: 'uint16', count: 1, notImplemented: [0xffff] },
  acc16: { type: 'uint16', count: 1, notImplemented: [0, 0xffff] },
  int32: { type: 'int32', count: 2, notImplemented: [0x8000_0000] },
  uint32: { type: 'uint32', count: 2, notImplemented: [0xffff_ffff] },
  acc32: { type: 'uint32', count: 2, notImplemented: [0, 0xffff_ffff] },
  int64: { type: 'int64', count: 4, notImplemented: [0x8000_0000_0000_0000n] },
  uint64: { type: 'uint64', count: 4, notImplemented: [0xffff_ffff_ffff_ffffn] },
  acc64: { type: 'uint64', count: 4, notImplemented: [0n, 0xffff_ffff_ffff_ffffn] },
  float32: { type: 'float32', ...float },
  float64: { type: 'float64', ...float, count: 4 },
  string: { type: 'string', ...float },
  enum16: { type: 'enum', count: 1, carrier: 'uint16', notImplemented: [0xffff] },
  enum32: { type: 'enum', count: 2, carrier: 'uint32', notImplemented: [0xffff_ffff] },
  bitfield16: { type: 'bitfield', count: 1, carrier: 'uint16', notImplemented: [0xffff] },
  bitfield32: { type: 'bitfield', count: 2, carrier: 'uint32', notImplemented: [0xffff_ffff] },
}

/** Largest power of ten, up or down, that a scale factor may say. */
export const mostSunspecExponent = 10

export function sunspecType(name: SunspecType): SunspecTypeFacts {
  return facts[name]
}

/** Registers of a value. */
export function sunspecCount(name: SunspecType, registers: number | undefined): number {
  return name === 'string' ? (registers ?? 1) : facts[name].count
}
