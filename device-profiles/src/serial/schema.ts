import { durationBetween } from '@lineside/settings'
import * as z from 'zod'
import { profileShape, snakeName } from '../schema.ts'
import { expected, silentAfter, testParams, textPointShape } from '../values/schema.ts'
import { bytes, mark, serialMessage, texts } from './message-schema.ts'
import { checksumNames } from './profile.ts'

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

const source = z.strictObject({
  message: snakeName,
  field: snakeName,
  unit: z
    .union([snakeName, z.literal('*')])
    .optional()
    .meta({ description: 'field that names the unit; "*": it stands behind the number' }),
  time: snakeName.optional().meta({ description: 'field with a source time of its own' }),
  when: z
    .record(snakeName, texts)
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
  silent_after: silentAfter,
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
  messages: z.record(snakeName, serialMessage),
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
        input: bytes('one frame with its terminator; others may go ahead of it', 16_384),
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
