import { durationBetween } from '@lineside/settings'
import * as z from 'zod'
import { pointShape, profileShape, snakeName } from '../schema.ts'
import { checkPoint, checkProfile } from './check.ts'
import { carrierTypes, modbusTransforms, modbusTypes, wordOrders } from './profile.ts'
import { placesSchema, sunspecSchema } from './sunspec/schema.ts'

const address = z.int().min(0).max(65_536)
const rawNumber = z.union([z.int(), z.bigint(), z.number()])
const factor = z.union([z.number(), snakeName])
const order = z.enum(wordOrders).meta({ description: 'byte letters as they arrive' })
const bit = z.int().min(0).max(15)

/** One pattern or several that mean "no value". */
const notAvailable = z
  .union([rawNumber, z.array(rawNumber).max(16)])
  .transform(written => (Array.isArray(written) ? written : [written]))
  .meta({ description: 'raw values that mean: no value' })

const scaleFrom = z
  .union([
    address,
    z.strictObject({
      address,
      type: z.enum(['int16', 'uint16', 'uint8']).default('int16'),
      half: z.enum(['high', 'low']).default('low'),
      decimals: z.boolean().default(false).meta({ description: 'the register counts decimals' }),
    }),
  ])
  .transform(written =>
    typeof written === 'number'
      ? { address: written, type: 'int16' as const, half: 'low' as const, decimals: false }
      : written,
  )
  .meta({ description: 'address of a register, in the same table, with the power of ten of this value' })

export const modbusPointShape = z.strictObject({
  input: address.optional().meta({ description: 'address in the input registers' }),
  holding: address.optional().meta({ description: 'address in the holding registers' }),
  coil: address.optional().meta({ description: 'address of a coil' }),
  discrete: address.optional().meta({ description: 'address of a discrete input' }),
  sunspec: placesSchema.optional(),
  type: z.enum(modbusTypes).optional(),
  ...pointShape,
  order: order.optional(),
  fraction: z
    .literal('float32')
    .optional()
    .meta({ description: 'of an int32 or uint32: a float32 in the two registers behind is added' }),
  half: z.enum(['high', 'low']).optional().meta({ description: 'which byte of the register an int8 or uint8 is' }),
  bit: bit.optional().meta({ description: 'the bit of a register that a bool is, 0 the least significant' }),
  bits: z
    .tuple([bit, bit])
    .refine(([from, to]) => from <= to, { error: 'the first bit is behind the last; write [least, most]' })
    .optional()
    .meta({ description: 'bits of a register, inclusive, 0 the least significant' }),
  of: z.enum(carrierTypes).optional().meta({ description: 'integer a bitfield or enum is made of' }),
  names: z
    .record(
      z.string().regex(/^-?\d{1,10}$/, { error: 'this is no number; write the raw number of the name' }),
      z.string().regex(/^[^,\s][^,]{0,63}$/, { error: 'a name has 1 to 64 characters and no comma; write another' }),
    )
    .optional()
    .meta({ description: 'enum: raw number → name; bitfield: bit number → name' }),
  registers: z.int().min(1).max(125).optional().meta({ description: 'length of a string' }),
  padding: z.enum(['end', 'start']).optional(),
  scale: z
    .union([factor, z.array(factor).min(1).max(4)])
    .optional()
    .meta({ description: 'engineering = raw × scale + offset: a number, a param, or a list that is multiplied' }),
  offset: factor.optional(),
  scale_from: scaleFrom.optional(),
  transform: z.enum(modbusTransforms).optional().meta({ description: 'what the code of the meter stands for' }),
  not_available: notAvailable.optional(),
  mergeable: z.boolean().optional().meta({ description: 'false: always read alone' }),
})

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
export type ModbusPointRaw = z.output<typeof modbusPointShape>
