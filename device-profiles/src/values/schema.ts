import { badReasons, uncertainReasons } from '@lineside/contract'
import { durationBetween } from '@lineside/settings'
import * as z from 'zod'
import { pointShape, snakeName } from '../schema.ts'
import { textTypes } from './point.ts'

/** A value as the device writes it: YAML reads `true` and `7` as what they are, a profile means the text. */
export const wireText = z
  .union([z.string().max(256), z.number(), z.boolean()])
  .transform(String)
  .meta({ description: 'a text as the device writes it' })

export const factor = z.union([z.number(), snakeName]).meta({ description: 'a number, or the name of a param' })

const unitFactor = z
  .union([z.number(), z.strictObject({ scale: z.number(), offset: z.number().default(0) })])
  .meta({ description: "number of the point's units in one of the device's, or scale and offset" })

export const silentAfter = durationBetween('10s', '30d').optional().meta({
  description: 'stale after so much silence: what the device promises to say at least once in that time',
})

/** Keys that a point of a serial or MQTT profile has besides `from`. */
export const textPointShape = {
  type: z.enum(textTypes),
  ...pointShape,
  decimals: z.int().min(0).max(15).optional().meta({ description: 'decimals as the device writes them' }),
  decimal_comma: z.boolean().default(false).meta({ description: 'numbers are written 23,4' }),
  scale: factor.default(1),
  offset: factor.default(0),
  units: z
    .record(z.string().min(1), unitFactor)
    .default({})
    .meta({ description: "the device's unit texts, the usual one first" }),
  names: z.record(z.string(), z.union([z.string().min(1), z.boolean()])).default({}),
  not_available: z.array(wireText).default([]).meta({ description: 'texts that mean: no value' }),
}

export type RawTextPoint = z.output<z.ZodObject<typeof textPointShape>>

const scalar = z.union([z.number(), z.string(), z.boolean()])

/** `71.2`, `null` (not available), `{ bad: sensor_failure }` or `{ value: 71.2, uncertain: unstable }`. */
export const expected = z.union([
  scalar,
  z.null(),
  z.strictObject({ bad: z.enum(badReasons) }),
  z.strictObject({ value: scalar, uncertain: z.enum(uncertainReasons) }),
])

export const testParams = z.record(snakeName, z.union([z.number(), z.string()])).default({})
