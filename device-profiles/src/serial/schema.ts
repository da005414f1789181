import { badReasons, type Quality, uncertainReasons } from '@lineside/contract'
import { durationBetween } from '@lineside/settings'
import * as z from 'zod'
import { profileShape, snakeName } from '../schema.ts'
import { expected, factor, testParams, textPointShape, wireText } from '../values/schema.ts'
import { checksumNames, serialTimeForms } from './profile.ts'

const bytes = (description: string, most = 256) =>
  z
    .string()
    // oxlint-disable-next-line no-control-regex -- bytes may be any
    .regex(/^[\u0000-\u00ff]*$/, { error: 'each character stands for one byte; write others as "\\x80"' })
    .max(most)
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

const statusField = z.strictObject({ field: snakeName, values: z.record(z.string(), quality) })
const messageKinds = {
  time: z
    .strictObject({
      field: snakeName.optional(),
      as: z.union([z.enum(serialTimeForms).transform(form => [form]), z.array(z.enum(serialTimeForms)).min(1)]),
      utc_offset: factor.default(1).meta({ description: 'hours that winter time is ahead of UTC, for dsmr' }),
    })
    .optional()
    .meta({
      description: 'source time: s or ms since 1970, iso: ISO 8601 with its offset, dsmr: YYMMDDhhmmss with S or W',
    }),
  status: z
    .union([statusField.transform(one => [one]), z.array(statusField).min(1).max(4)])
    .default([])
    .meta({ description: 'a field that says how far the others are to be believed; of several the worst counts' }),
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

const obisMessage = z.strictObject({
  obis: z.strictObject({
    fields: z
      .record(snakeName, bytes('code and number of the value').min(1))
      .meta({ description: 'name: "1-0:1.8.1", or "0-{channel}:24.2.1[1]" for the second value of a line' }),
    meter: bytes('what the simulator calls the meter').min(1).default('LSD5\\SIMULATED'),
  }),
  ...messageKinds,
})

const source = z.strictObject({
  message: snakeName,
  field: snakeName,
  unit: z
    .union([snakeName, z.literal('*')])
    .optional()
    .meta({ description: 'field that names the unit; "*": it stands behind the number' }),
  time: snakeName.optional().meta({ description: 'field with a source time of its own' }),
  when: z
    .record(snakeName, z.union([wireText.transform(text => [text]), z.array(wireText).min(1)]))
    .default({})
    .meta({ description: 'field: text or texts that it must have, else the message says nothing of the point' }),
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
  messages: z.record(snakeName, z.union([formatMessage, splitMessage, obisMessage])),
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
        input: bytes('one frame with its terminator', 16_384),
        params: testParams,
        expect: z.record(snakeName, expected).default({}),
        outcome: z.enum(['ignored', 'malformed', 'checksum', 'refused']).optional(),
        t: z.int().optional().meta({ description: 'source time, UTC ms' }),
        times: z.record(snakeName, z.int()).default({}).meta({ description: 'point: source time of its own, UTC ms' }),
        source: z.string().optional(),
      }),
    )
    .default([]),
})

export type RawSerial = z.output<typeof serialShape>
