import * as z from 'zod'
import { pointShape, snakeName } from '../schema.ts'
import { modbusTransforms } from './profile.ts'
import { carrierTypes, modbusTypes, wordOrders } from './types.ts'
import { placesSchema } from './sunspec/schema.ts'

const address = z.int().min(0).max(65_536)
const rawNumber = z.union([z.int(), z.bigint(), z.number()])
const factor = z.union([z.number(), snakeName])
export const order = z.enum(wordOrders).meta({ description: 'byte letters as they arrive' })
const bit = z.int().min(0).max(15)

/** One pattern or several that mean "no value". */
export const notAvailable = z
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

export type ModbusPointRaw = z.output<typeof modbusPointShape>

/** Registers a point takes in a register table. */
export function registersOf(point: ModbusPointRaw): number {
  switch (point.type) {
    case 'int32':
    case 'uint32':
      return point.fraction === undefined ? 2 : 4
    case 'float32':
    case 'bcd32':
      return 2
    case 'int64':
    case 'uint64':
    case 'float64':
      return 4
    case 'enum':
    case 'bitfield':
      return point.of === 'uint32' || point.of === 'int32' ? 2 : 1
    case 'string':
      return point.registers ?? 1
    default:
      return 1
  }
}
