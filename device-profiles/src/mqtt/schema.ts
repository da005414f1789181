import * as z from 'zod'
import { profileShape, snakeName } from '../schema.ts'
import { expected, silentAfter, testParams, textPointShape, wireText } from '../values/schema.ts'
import { timeForms } from './profile.ts'

const path = z
  .string()
  .min(1)
  .max(256)
  .meta({ description: "a JSON path, for instance params['switch:{switch}'].apower or list[0]" })

const texts = z.union([wireText.transform(text => [text]), z.array(wireText).min(1)])

const message = z.strictObject({
  topic: z.string().min(1).max(512).meta({ description: 'topic or filter, with {topic} and {param}' }),
  payload: z.enum(['json', 'text']).default('json'),
  match: z.record(path, texts).default({}).meta({ description: 'JSON path: text or texts it must have' }),
  frame: z
    .strictObject({
      path: path.optional(),
      prefix: z
        .string()
        .regex(/^(?:[0-9a-fA-F]{2})*$/, { error: 'these are no bytes; write for instance "0201061BFF990405"' })
        .default(''),
      bytes: z.int().min(1).max(1024).meta({ description: 'bytes that it has at least' }),
    })
    .optional()
    .meta({ description: 'bytes as hexadecimal text, of which points are bits' }),
  time: z
    .strictObject({
      path,
      as: z.union([z.enum(timeForms).transform(form => [form]), z.array(z.enum(timeForms)).min(1)]),
    })
    .optional()
    .meta({ description: 'source time: s or ms since 1970, iso: ISO 8601 with its offset' }),
  available: z
    .strictObject({ path: path.optional(), online: texts, offline: texts })
    .optional()
    .meta({ description: 'the device says of itself whether it is there' }),
  retain: z.boolean().default(false).meta({ description: 'the device asks the broker to keep this message' }),
})

const source = z.strictObject({
  message: snakeName,
  path: path.optional().meta({ description: 'absent: the whole payload' }),
  unit: path.optional().meta({ description: "JSON path of the unit's name" }),
  bits: z
    .tuple([z.int().min(0).max(8191), z.int().min(1).max(48)])
    .optional()
    .meta({ description: "first bit and number of bits in the message's frame, most significant first" }),
  signed: z.boolean().optional().meta({ description: 'the bits are a signed number' }),
})

/** A whole MQTT profile as it is written, its shape alone. */
export const mqttShape = z.strictObject({
  ...profileShape,
  protocol: z.literal('mqtt'),
  topic: z
    .strictObject({ description: z.string().min(1).max(500), example: z.string().min(1).max(256) })
    .meta({ description: 'what the user writes for {topic}' }),
  silent_after: silentAfter,
  messages: z.record(snakeName, message),
  points: z.record(snakeName, z.strictObject({ from: z.union([source, z.array(source).min(1)]), ...textPointShape })),
  tests: z
    .array(
      z.strictObject({
        topic: z.string().min(1).max(512).meta({ description: 'with {topic}' }),
        payload: z.string().max(65_536),
        retained: z.boolean().default(false),
        params: testParams,
        expect: z.record(snakeName, expected).default({}),
        t: z.int().optional().meta({ description: 'source time, UTC ms' }),
        available: z.boolean().optional(),
        outcome: z.enum(['ignored', 'malformed']).optional(),
        source: z.string().optional(),
      }),
    )
    .default([]),
})

export type RawMqtt = z.output<typeof mqttShape>
