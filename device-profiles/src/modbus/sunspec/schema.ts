import * as z from 'zod'
import { snakeName } from '../../schema.ts'
import { sunspecTypeNames } from './types.ts'

const register = z.int().min(0).max(65_535)
const modelId = z.int().min(1).max(65_534)

const placeSchema = z.strictObject({
  model: z
    .union([modelId.transform(id => [id]), z.array(modelId).min(1).max(8)])
    .meta({ description: 'a model, or several that have the point at the same place' }),
  at: register.optional().meta({ description: 'registers from the ID register of the model' }),
  in_block: register.optional().meta({
    description: 'instead of at: registers from the beginning of each block; the points are numbered: name_1, name_2',
  }),
  type: z.enum(sunspecTypeNames).meta({ description: 'type as SunSpec names it, which says what is not implemented' }),
  registers: z.int().min(1).max(123).optional().meta({ description: 'length of a string' }),
  scale_from: register.optional().meta({ description: 'register of the power of ten, from the ID register' }),
})
export type PlaceRaw = z.output<typeof placeSchema>

/** Where a point lies in the models of a SunSpec device; of several places the first that the device has counts. */
export const placesSchema = z
  .union([placeSchema.transform(place => [place]), z.array(placeSchema).min(1).max(8)])
  .meta({ description: 'where the point lies in the models of a SunSpec device' })

const modelKey = z.string().regex(/^[1-9]\d{0,4}$/, { error: 'this is no model; write its number, for instance 103' })

export const sunspecSchema = z
  .strictObject({
    models: z.record(
      modelKey,
      z.strictObject({
        length: z.int().min(1).max(65_000).meta({ description: 'registers behind ID and length, without blocks' }),
        blocks: z
          .strictObject({
            length: z.int().min(1).max(1000),
            most: z.int().min(1).max(99).meta({ description: 'blocks that points are made for' }),
            count_at: register
              .optional()
              .meta({ description: 'register that counts the blocks, from the ID register' }),
          })
          .optional()
          .meta({ description: 'registers that repeat behind the others' }),
      }),
    ),
    which_from: snakeName
      .optional()
      .meta({ description: 'param that says which of several models with one number is meant, from 1' }),
    usual: z
      .strictObject({ models: z.array(modelId).min(1).max(64), blocks: z.int().min(0).max(99).default(1) })
      .meta({ description: 'what a device is taken to have before anybody has looked' }),
  })
  .meta({ description: 'models of a SunSpec device, whose points say where in a model they lie' })
export type SunspecRaw = z.output<typeof sunspecSchema>
