import { badReasons, type Quality, uncertainReasons } from '@lineside/contract'
import * as z from 'zod'
import { snakeName } from '../schema.ts'
import { type ProfileProblem, pushProblems } from '../values/resolve-point.ts'
import { factor, wireText } from '../values/schema.ts'
import { serialTimeForms } from './profile.ts'

/** Bytes, one a character. */
export const bytes = (description: string, most = 256) =>
  z
    .string()
    // oxlint-disable-next-line no-control-regex -- bytes may be any
    .regex(/^[\u0000-\u00ff]*$/, { error: 'each character stands for one byte; write others as "\\x80"' })
    .max(most)
    .meta({ description })
export const mark = (description: string) => bytes(description).min(1).max(4)

const quality = z
  .enum([
    'good',
    ...uncertainReasons.map(reason => `uncertain:${reason}` as const),
    ...badReasons.map(reason => `bad:${reason}` as const),
  ] satisfies ('good' | Quality)[])
  .meta({ description: 'how far the readings are to be believed' })

const fieldNumber = z.string().regex(/^(0|[1-9]\d?)$/, { error: 'fields are counted from 0 to 99' })

const jsonPath = z
  .string()
  .min(1)
  .max(256)
  .meta({ description: 'a JSON path, for instance env.temperature or list[0]' })
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
const regexMessage = z.strictObject({
  regex: bytes('about the whole frame, with fields (?<name>…)').min(1),
  ...messageKinds,
})
/** A text or several. */
export const texts = z.union([wireText.transform(text => [text]), z.array(wireText).min(1)])
const jsonMessage = z.strictObject({
  json: z.strictObject({
    match: z.record(jsonPath, texts).default({}).meta({ description: 'JSON path: text or texts it must have' }),
    fields: z.record(snakeName, jsonPath).meta({ description: 'name: JSON path' }),
  }),
  ...messageKinds,
})
const pairsMessage = z.strictObject({
  pairs: z.strictObject({
    between: mark('what stands between two pairs'),
    is: mark('what stands between key and value').default('='),
    fields: z.record(snakeName, wireText.pipe(z.string().min(1))).meta({ description: 'name: key' }),
    at_least: z.int().min(1).max(100).optional().meta({ description: 'fewer keys are malformed; default: all' }),
  }),
  ...messageKinds,
})
const splitMessage = z
  .strictObject({
    split: bytes('one character between fields').length(1),
    quoted: z.boolean().default(false).meta({ description: 'fields in " may hold separators' }),
    match: z
      .record(fieldNumber, wireText)
      .default({})
      .meta({ description: 'field number: text it must have, ? for any one character' }),
    send_as: z
      .record(fieldNumber, wireText)
      .default({})
      .meta({ description: 'field number: text the simulator writes' }),
    fields: z
      .record(snakeName, z.union([z.int().min(0).max(99), z.string().min(1).max(256)]))
      .default({})
      .meta({ description: 'name: number of the column, or its title in a line of titles that the device sends' }),
    at_least: z
      .int()
      .min(1)
      .max(100)
      .optional()
      .meta({ description: 'fewer fields are malformed; default: all that are named' }),
    ...messageKinds,
  })
  .check(context => pushProblems(context, columnProblems(context.value)))

const obisMessage = z.strictObject({
  obis: z.strictObject({
    fields: z
      .record(snakeName, bytes('code and number of the value').min(1))
      .meta({ description: 'name: "1-0:1.8.1", or "0-{channel}:24.2.1[1]" for the second value of a line' }),
    meter: bytes('what the simulator calls the meter').min(1).default('LSD5\\SIMULATED'),
  }),
  ...messageKinds,
})

export const serialMessage = z.union([
  formatMessage,
  splitMessage,
  regexMessage,
  pairsMessage,
  jsonMessage,
  obisMessage,
])

function columnProblems({
  match,
  send_as: sendAs,
  fields,
  at_least: atLeast,
}: {
  readonly match: object
  readonly send_as: object
  readonly fields: Readonly<Record<string, number | string>>
  readonly at_least?: number | undefined
}): readonly ProfileProblem[] {
  const titles = Object.values(fields).filter(place => typeof place === 'string').length
  if (titles === 0) return []
  if (titles < Object.keys(fields).length) {
    const message = 'some columns have a number and others a title'
    return [{ path: ['fields'], message, fix: 'write the titles of all, or the numbers' }]
  }
  const counts = { match, send_as: sendAs, at_least: atLeast === undefined ? {} : { atLeast } }
  return Object.entries(counts).flatMap(([key, value]) => {
    if (Object.keys(value).length === 0) return []
    return [{ path: [key], message: `${key} counts columns, and these have titles`, fix: 'leave it out' }]
  })
}
