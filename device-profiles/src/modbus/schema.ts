import { modbusPointShape, notAvailable, order } from './point-shape.ts'
import { durationBetween } from '@lineside/settings'
import * as z from 'zod'
import { profileShape, snakeName } from '../schema.ts'
import { checkPoint, checkProfile } from './check.ts'
import { modbusTypes } from './types.ts'
import { sunspecSchema } from './sunspec/schema.ts'

/** One point as it is written. */
export const modbusPointSchema = modbusPointShape.check(checkPoint).meta({ description: 'one measured quantity' })

const shown = z.union([z.number(), z.string().min(1)])

const identitySchema = modbusPointShape
  .pick({ input: true, holding: true, order: true, registers: true, padding: true })
  .extend({
    type: z.enum(['int16', 'uint16', 'int32', 'uint32', 'float32', 'string']),
    is: z
      .union([shown.transform(one => [one]), z.array(shown).min(1).max(64)])
      .meta({ description: 'what this device may show there, without scale' }),
  })
  .check(checkPoint)
  .meta({ description: 'a register by which the device is known' })

const words = z
  .string()
  .regex(/^\s*[0-9a-fA-F]{4}(\s+[0-9a-fA-F]{4})*\s*$/, { error: 'these are no registers; write "4366 3333"' })
const bits = z.string().regex(/^\s*[01](\s*[01])*\s*$/, { error: 'these are no bits; write "1 0 1"' })
const cell = z
  .string()
  .regex(/^(\d{1,5}|0x[0-9a-fA-F]{1,4})$/, { error: 'this is no address; write for instance 0x0048' })
const expected = z.union([
  z.number(),
  z.bigint(),
  z.string(),
  z.boolean(),
  z.null(),
  z.strictObject({ bad: z.enum(['not_available', 'out_of_range', 'malformed']) }),
])

const vectorSchema = z
  .strictObject({
    input: z.record(cell, words).default({}),
    holding: z.record(cell, words).default({}),
    coil: z.record(cell, bits).default({}),
    discrete: z.record(cell, bits).default({}),
    params: z.record(snakeName, z.number()).default({}),
    expect: z.record(snakeName, expected),
    source: z.string().min(1).optional(),
  })
  .meta({ description: 'registers, and the values they must give' })

/** A Modbus profile as it is written. */
export const modbusProfileSchema = z
  .strictObject({
    ...profileShape,
    protocol: z.literal('modbus'),
    serial: z
      .strictObject({
        baud: z.int().min(300).max(1_000_000).optional(),
        parity: z.enum(['none', 'even', 'odd']).optional(),
        data_bits: z.union([z.literal(7), z.literal(8)]).optional(),
        stop_bits: z.union([z.literal(1), z.literal(2)]).optional(),
        unit_id: z.int().min(0).max(247).optional(),
      })
      .default({})
      .meta({ description: 'line settings as the device leaves the factory' }),
    limits: z
      .strictObject({
        registers: z.int().min(1).max(125).default(125),
        bits: z.int().min(1).max(2000).default(2000),
        hole: z.int().min(0).max(124).default(0).meta({ description: 'unused registers that may be read along' }),
        bit_hole: z.int().min(0).max(1999).default(0),
        gap: durationBetween('0ms', '10s').default(0).meta({ description: 'silence between answer and request' }),
      })
      .prefault({})
      .meta({ description: 'what one request may ask' }),
    identify: z
      .array(identitySchema)
      .max(8)
      .default([])
      .meta({ description: 'all of them fit where it is this device' }),
    sunspec: sunspecSchema.optional(),
    addressing: z
      .enum(['zero', 'one'])
      .default('zero')
      .meta({ description: 'number of the first register in this file' }),
    order: order.default('abcd'),
    not_available: z.partialRecord(z.enum(modbusTypes), notAvailable).default({}).meta({ description: 'by type' }),
    points: z.record(snakeName, modbusPointSchema),
    tests: z.array(vectorSchema).default([]),
  })
  .check(checkProfile)
  .meta({ description: 'a Modbus device' })

export type ModbusRaw = z.output<typeof modbusProfileSchema>
