import { durationBetween } from '@lineside/settings'
import * as z from 'zod'
import { alarmEntry, type WrittenAlarm } from './device.ts'
import { isEnergy } from './units.ts'
import type { ParamDeclaration, PointBase, ProfileBase } from './profile-base.ts'

const sentence = z.string().min(1).max(500)

/** `vendor/model`: lower case letters, digits, `-`, `_` and `.`; `sunspec` is a standard and nobody's. */
export const profileName = z
  .string()
  .regex(/^(?:sunspec|[a-z0-9][a-z0-9._-]*\/[a-z0-9][a-z0-9._-]*)$/, {
    error: 'a profile is named vendor/model; write lower case letters, digits and -, for instance eastron/sdm630',
  })
  .meta({ description: 'vendor/model, the same as the path of the file', examples: ['eastron/sdm630'] })

/** Name of a point, a message or a param. */
export const snakeName = z
  .string()
  .regex(/^[a-z][a-z0-9_]{0,63}$/, { error: 'this can not be a name; write snake_case: voltage_l1' })
  .meta({ description: 'snake_case, at most 64 characters' })

const paramSchema = z
  .strictObject({
    description: sentence,
    default: z.union([z.number(), z.string().min(1).max(256)]).optional(),
    min: z.number().optional(),
    max: z.number().optional(),
  })
  .meta({ description: 'a number, or a text in topics and paths, that the user sets for one device' })

/** Keys that profiles of every protocol have. */
export const profileShape = {
  profile: profileName,
  extends: profileName.optional().meta({ description: 'a profile of which this one writes only the differences' }),
  vendor: sentence,
  model: sentence,
  description: sentence.optional(),
  sources: z
    .array(z.strictObject({ title: sentence, confidence: z.enum(['high', 'medium', 'low']) }))
    .default([])
    .meta({ description: 'where the facts come from, and how far to believe them' }),
  requirements: z.array(sentence).default([]).meta({ description: 'what must be set on the device first' }),
  caveats: z.array(sentence).default([]).meta({ description: 'known misbehaviour, one sentence each' }),
  params: z.record(snakeName, paramSchema).default({}),
  alarms: z
    .record(snakeName, alarmEntry)
    .default({})
    .meta({ description: 'alarms that most users want; a device takes one over with default' }),
}

/** For editors: a profile that extends another need not be complete; what it is merged to is judged in full. */
export const extendingProfileSchema = z
  .looseObject({ profile: profileName, extends: profileName })
  .meta({ description: 'the differences from another profile' })

/** Least and greatest plausible value, inclusive. */
export const plausibleRange = z
  .tuple([z.number(), z.number()])
  .refine(([least, most]) => least < most, { error: 'the range is empty; write [least, most]' })
  .meta({ description: 'plausible values in the point’s unit, inclusive; outside is bad:out_of_range' })

/** Keys that points of every protocol have. */
export const pointShape = {
  unit: z
    .string()
    .min(1)
    .max(40)
    .optional()
    .meta({ description: 'UCUM code', examples: ['V', 'kW.h', 'Cel'] }),
  description: sentence.optional(),
  range: plausibleRange.optional(),
  every: durationBetween('10ms', '30d').optional().meta({ description: 'default poll interval' }),
  counter: z.boolean().optional().meta({
    description:
      'a total that the device adds up, kept longest where room is short; by default what is in W.h, var.h or V.A.h',
  }),
}

interface CommonRaw {
  readonly profile: string
  readonly vendor: string
  readonly model: string
  readonly description?: string | undefined
  readonly sources: ProfileBase['sources']
  readonly requirements: readonly string[]
  readonly caveats: readonly string[]
  readonly params: Readonly<Record<string, z.output<typeof paramSchema>>>
  readonly alarms: Readonly<Record<string, WrittenAlarm>>
}

/** What a schema that spreads `profileShape` gives. */
export type ProfileRaw = CommonRaw

/** The part of a resolved profile that every protocol has, all but its version. */
export function resolveBase(raw: ProfileRaw): Omit<ProfileBase, 'version'> {
  return {
    profile: raw.profile,
    vendor: raw.vendor,
    model: raw.model,
    ...(raw.description === undefined ? {} : { description: raw.description }),
    sources: raw.sources,
    requirements: raw.requirements,
    caveats: raw.caveats,
    ...(Object.keys(raw.alarms).length === 0 ? {} : { alarms: new Map(Object.entries(raw.alarms)) }),
    params: new Map(Object.entries(raw.params).map(([name, param]) => [name, resolveParam(param)])),
  }
}

function resolveParam(raw: z.output<typeof paramSchema>): ParamDeclaration {
  const { description, default: preset, min, max } = raw
  return {
    description,
    ...(preset === undefined ? {} : { default: preset }),
    ...(min === undefined ? {} : { min }),
    ...(max === undefined ? {} : { max }),
  }
}

interface PointRaw {
  readonly unit?: string | undefined
  readonly description?: string | undefined
  readonly range?: readonly [number, number] | undefined
  readonly every?: number | undefined
  readonly counter?: boolean | undefined
}

/** The part of a resolved point that every protocol has, all but its type. */
export function resolvePointBase(name: string, raw: PointRaw): Omit<PointBase, 'type'> {
  const { unit, description, range, every, counter = isEnergy(unit) } = raw
  return {
    name,
    ...(unit === undefined ? {} : { unit }),
    ...(description === undefined ? {} : { description }),
    ...(range === undefined ? {} : { range }),
    ...(every === undefined ? {} : { everyMs: every }),
    ...(counter ? { counter: true as const } : {}),
  }
}
