import type { ModbusType } from '../modbus/types.ts'

/** Greatest raw value of a type that is not also what devices show where they have none. */
const rawLimits: Readonly<Partial<Record<ModbusType, readonly [least: number, most: number]>>> = {
  int8: [-127, 127],
  uint8: [0, 254],
  int16: [-32_767, 32_767],
  uint16: [0, 65_534],
  int32: [-2_147_483_647, 2_147_483_647],
  uint32: [0, 4_294_967_294],
  int64: [-9_007_199_254_740_991, 9_007_199_254_740_991],
  uint64: [0, 9_007_199_254_740_991],
  bcd16: [0, 9999],
  bcd32: [0, 99_999_999],
  float32: [-1e9, 1e9],
  float64: [-1e9, 1e9],
}

/** What a list says of the values of a point. */
interface Values {
  readonly type: ModbusType
  readonly scale: number
  readonly offset: number
  readonly unit?: string | undefined
  readonly min?: number | undefined
  readonly max?: number | undefined
}

/** Whether values of a type lie in a range. */
export function isRanged(type: ModbusType): boolean {
  return type in rawLimits
}

/**
 * What the list gives, as far as the registers can show it; else, of a measured value, all that they can show but for
 * what usually means: no value. The least is above the most where the list gives something that they never show.
 */
export function rangeOf({ type, scale, offset, unit, min, max }: Values): readonly [number, number] | undefined {
  if (unit === undefined && min === undefined && max === undefined) return undefined
  const ends = (rawLimits[type] ?? [0, 0]).map(raw => representable(raw * scale + offset))
  const [least, most] = [Math.min(...ends), Math.max(...ends)]
  return [Math.max(min ?? least, least), Math.min(max ?? most, most)]
}

/** 6553.4, not 6553.400000000001; and no whole number that a double can't hold. */
function representable(value: number): number {
  const most = Number.MAX_SAFE_INTEGER
  return Math.min(most, Math.max(-most, Number(value.toPrecision(12))))
}
