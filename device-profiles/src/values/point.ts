import type { BadReason, UncertainReason } from '@lineside/contract'
import type { PointBase } from '../profile-base.ts'

/**
 * Types of a value that travels as text or JSON. Integers beyond ±(2^53 − 1) become bigint. `nmea_degrees` is an angle
 * as `ddmm.mmmm`, whose unit is the hemisphere (NMEA 0183).
 */
export const textTypes = ['number', 'integer', 'nmea_degrees', 'bool', 'enum', 'string'] as const
export type TextType = (typeof textTypes)[number]

/** How a unit that the device names turns into the point's unit: engineering = value × scale + offset. */
export interface UnitFactor {
  readonly scale: number
  readonly offset: number
}

/** What points of serial and MQTT profiles have in common. */
export interface TextPoint extends PointBase {
  readonly type: TextType
  /** Digits after the decimal point as the device writes them; absent: as many as needed. Matters to encoders only. */
  readonly decimals?: number
  /** Numbers have a comma in place of the point, and none with a point is one. */
  readonly decimalComma?: true
  /** engineering = raw × scale + offset; a number or the name of a param. */
  readonly scale: number | string
  readonly offset: number | string
  /** The device's unit text → factor. Empty: the device names no unit, or it is fixed. */
  readonly units: ReadonlyMap<string, UnitFactor>
  /** The device's text → name (enum) or state (bool). */
  readonly names: ReadonlyMap<string, string | boolean>
  /** Texts that mean "no value", besides an empty one, `nan` and JSON's null. */
  readonly notAvailable: ReadonlySet<string>
}

/** What a vector expects of one point: its value, `null` for not available, or value and quality. */
export type Expected =
  | number
  | string
  | boolean
  | null
  | { readonly bad: BadReason }
  | { readonly value: number | string | boolean; readonly uncertain: UncertainReason }

/** Value of a device's params by name; those not set have the profile's default. */
export type Params = Readonly<Record<string, number | string>>
