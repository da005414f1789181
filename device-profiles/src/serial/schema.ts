import { badReasons, type Quality, uncertainReasons } from '@lineside/contract'
import { durationBetween } from '@lineside/settings'
import * as z from 'zod'
import { profileShape, snakeName } from '../schema.ts'
import { expected, testParams, textPointShape, wireText } from '../values/schema.ts'
import { checksumNames } from './profile.ts'

const bytes = (description: string) =>
  z
    .string()
    // oxlint-disable-next-line no-control-regex -- bytes may be any
    .regex(/^[\u0000-\u00ff]*$/, { error: 'each character stands for one byte; write others as "\\x80"' })
    .max(256)
    .meta({ description })
const mark = (description: string) => bytes(description).min(1).max(4)

const lines = z.strictObject({
  lines: mark('terminator of a line, or any: every CR and LF').or(z.literal('any')),
  max_length: z.int().min(1).max(4096).default(256),
  first: z.enum(['keep', 'discard']).optional().meta({
    description: 'the line after connecting may be cut off; default: discard where nothing else would notice',
  }),
})
const fixed = z.strictObject({
  fixed: z.int().min(2).max(4096).meta({ description: 'length of every frame with its marks' }),
  start: bytes('first bytes of every frame').max(4).default(''),
  end: bytes('last bytes of every frame').max(4).default(''),
})
const marked = z.strictObject({
  start: mark('bytes that begin a frame'),
  end: mark('bytes that end it'),
  tail: bytes('what follows the end mark belongs to the frame up to and with these bytes').max(4).default(''),
  keep_marks: z.boolean().default(false),
  max_length: z.int().min(1).max(65_536).default(1024),
})

const quality = z
  .enum([
    'good',
    ...uncertainReasons.map(reason => `uncertain:${reason}` as const),
    ...badReasons.map(reason => `bad:${reason}` as const),
  ] satisfies ('good' | Quality)[])
  .meta({ description: 'how far the readings are to be believed' })

const fieldNumber = z.string().regex(/^(0|[1-9]\d?)$/, { error: 'fields are counted from 0 to 99' })

const messageKinds = {
  status: z
    .strictObject({ field: snakeName, values: z.record(z.string(), quality) })
    .optional()
    .meta({ description: 'a field that says how far the others are to be believed' }),
  refuse: z.string().min(1).max(200).optional().meta({ description: 'the device refuses the request; says why' }),
  ignore: z.boolean().default(false).meta({ description: 'known and of no interest' }),
}
const formatMessage = z.strictObject({
  format: bytes('texts and fields, for instance "S {status:1}[ {value>10} {unit}]"').min(1),
  ...messageKinds,
})
const splitMessage = z.strictObject({
  split: bytes('one character between fields').length(1),
  match: z
    .record(fieldNumber, wireText)
    .meta({ description: 'field number: text it must have, ? for any one character' }),
  send_as: z.record(fieldNumber, wireText).default({}).meta({ description: 'field number: text the simulator writes' }),
  fields: z.record(snakeName, z.int().min(0).max(99)).default({}),
  at_least: z
    .int()
    .min(1)
    .max(100)
    .optional()
    .meta({ description: 'fewer fields are malformed; default: all that are named' }),
  ...messageKinds,
})

const source = z.strictObject({
  message: snakeName,
  field: snakeName,
  unit: snakeName.optional().meta({ description: 'field that names the unit' }),
})

const checksum = z.union([
  z.literal('nmea'),
  z.strictObject({
    type: z.enum(checksumNames),
    start: bytes('characters that may begin a frame').min(1).max(4),
    end: mark('the checksum follows the last of these'),
    inclusive: z.boolean().default(false),
    drops_zeros: z.boolean().default(false),
    optional: z.boolean().default(false),
  }),
])

/** A whole serial profile as it is written, its shape alone. */
export const serialShape = z.strictObject({
  ...profileShape,
  protocol: z.literal('serial'),
  serial: z
    .strictObject({
      baud: z.int().min(50).max(4_000_000).optional(),
      parity: z.enum(['none', 'even', 'odd']).optional(),
      data_bits: z.literal([7, 8]).optional(),
      stop_bits: z.literal([1, 2]).optional(),
    })
    .default({})
    .meta({ description: 'line settings as the device leaves the factory' }),
  framing: z.union([lines, fixed, marked]),
  checksum: checksum.optional(),
  polls: z
    .record(
      snakeName,
      z.strictObject({
        send: bytes('what is sent, with {param}').min(1),
        timeout: durationBetween('10ms', '60s').prefault('1s'),
        every: durationBetween('10ms', '30d').optional(),
        answers: z.array(snakeName).default([]).meta({ description: 'messages that answer it; default: all' }),
      }),
    )
    .default({}),
  messages: z.record(snakeName, z.union([formatMessage, splitMessage])),
  others: z.enum(['ignore', 'refuse']).optional().meta({
    description: 'a frame that no message fits; default: ignore where a checksum proves it sound, else refuse',
  }),
  points: z.record(
    snakeName,
    z.strictObject({
      from: z.union([source, z.array(source).min(1)]),
      ignores_status: z.boolean().default(false),
      ...textPointShape,
    }),
  ),
  tests: z
    .array(
      z.strictObject({
        input: bytes('one frame with its terminator'),
        params: testParams,
        expect: z.record(snakeName, expected).default({}),
        outcome: z.enum(['ignored', 'malformed', 'checksum', 'refused']).optional(),
        source: z.string().optional(),
      }),
    )
    .default([]),
})

export type RawSerial = z.output<typeof serialShape>
