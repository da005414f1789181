import type { ModbusTable, WordOrder, ModbusType, CarrierType } from './types.ts'
import type { PointBase, ProfileBase } from '../profile-base.ts'
import type { Sunspec, SunspecPlace } from './sunspec/profile.ts'

/** A register that holds the power of ten which another point's raw value is multiplied with (SunSpec `sunssf`). */
export interface FactorRegister {
  readonly table: 'input' | 'holding'
  /** Zero-based. */
  readonly address: number
  /** 0x8000 in an int16 means: not implemented, so the value is not available. */
  readonly type: 'int16' | 'uint16' | 'uint8'
  /** Of a uint8. */
  readonly half: 'high' | 'low'
  /** The register counts decimals: value = raw × 10^−register. */
  readonly decimals: boolean
  /** A power beyond ±this is none; absent: any that a double holds exactly. */
  readonly most?: number
}

/**
 * What a meter's code stands for. `four_quadrant_power_factor`: beyond ±1 it says leading, and the power factor is
 * 2 − |code| with the code's sign (Schneider PowerLogic register lists).
 */
export const modbusTransforms = ['four_quadrant_power_factor'] as const
export type ModbusTransform = (typeof modbusTransforms)[number]

/** One measured quantity as it lies in a Modbus table. */
export interface ModbusPoint extends PointBase {
  readonly protocol: 'modbus'
  readonly type: ModbusType
  readonly table: ModbusTable
  /** Zero-based protocol address of the first register or bit. */
  readonly address: number
  /** Registers (input, holding) or bits (coil, discrete). */
  readonly count: number
  readonly order: WordOrder
  /** Of int32 and uint32: a float32 in the two registers behind is added, so that a counter has decimals. */
  readonly fraction?: 'float32'
  /** Of int8 and uint8. */
  readonly half: 'high' | 'low'
  /** Of `bits`, and of `bool` and `enum` in a register: least and most significant bit, 0…15, inclusive. */
  readonly bits?: readonly [from: number, to: number]
  /** What a bitfield or enum is made of. */
  readonly carrier: CarrierType
  /** Enum: raw number → name. Bitfield: bit number → name. */
  readonly names: ReadonlyMap<number, string>
  /** Where a string's NULs and spaces are. */
  readonly padding: 'end' | 'start'
  /** engineering = raw × scale + offset; every factor is a number or the name of a param. */
  readonly scale: readonly (number | string)[]
  /** A number or the name of a param. */
  readonly offset: number | string
  readonly scaleFrom?: FactorRegister
  /** Applied to the engineering value. */
  readonly transform?: ModbusTransform
  /** Raw values that mean "no value"; floats: values. NaN and ±Infinity of a float always do, as does an empty string. */
  readonly notAvailable: readonly (number | bigint)[]
  /** False: this point is always read alone. */
  readonly mergeable: boolean
  /** Where a SunSpec device may have it; address and type are those of the chain that its profile is located in. */
  readonly sunspec?: readonly SunspecPlace[]
}

/** What one request may ask of the device. */
export interface ModbusLimits {
  /** Registers a request, 1…125. */
  readonly registers: number
  /** Coils or discrete inputs a request, 1…2000. */
  readonly bits: number
  /** Largest run of registers that no point needs and that may be read along. */
  readonly hole: number
  /** The same for bits. */
  readonly bitHole: number
  /** Silence the device wants between its answer and the next request. */
  readonly gapMs: number
}

export interface SerialDefaults {
  readonly baud?: number
  readonly parity?: 'none' | 'even' | 'odd'
  readonly dataBits?: 7 | 8
  readonly stopBits?: 1 | 2
  /** Modbus unit id as it leaves the factory. */
  readonly unitId?: number
}

/** Values in a table, for a test: address → 16-bit words (or 0 and 1 for coils and discrete inputs). */
export interface ModbusVector {
  readonly cells: readonly {
    readonly table: ModbusTable
    readonly address: number
    readonly words: readonly number[]
  }[]
  /** Point → value, `null` for not available, or the reason it is bad. */
  readonly expect: ReadonlyMap<string, number | string | boolean | bigint | null | { readonly bad: string }>
  readonly params: Readonly<Record<string, number>>
  readonly source?: string
}

/** A register by which a device is known. */
export interface IdentityProbe {
  /** Named `identity_0`, `identity_1`, …; no point of the profile. */
  readonly point: ModbusPoint
  /** Values that this device may show there. */
  readonly is: readonly (number | string)[]
}

export interface ModbusProfile extends ProfileBase {
  readonly protocol: 'modbus'
  readonly points: ReadonlyMap<string, ModbusPoint>
  readonly limits: ModbusLimits
  readonly serial: SerialDefaults
  /** All of them fit where it is this device; absent: there is no way to tell. */
  readonly identify?: readonly IdentityProbe[]
  /** Its points lie in models that each device has elsewhere. */
  readonly sunspec?: Sunspec
  readonly tests: readonly ModbusVector[]
}
