import { duration, durationBetween, name, optionalKeys, secretRef } from '@lineside/settings'
import { z } from 'zod'
import { scenarioSchema } from '../scenario/scenario-schema.ts'
import { waveformSchema } from '../waveforms/spec.ts'
import { kinds, linkKinds } from './link-kinds.ts'

const linkSchema = z
  .strictObject({ ...optionalKeys(linkKinds), username: z.string().optional(), password: secretRef.optional() })
  .check(context => {
    const given = kinds.filter(kind => context.value[kind] !== undefined)
    const refuse = (message: string) => context.issues.push({ code: 'custom', input: context.value, message })
    const [kind] = given
    if (given.length > 1) refuse(`${given.join(' and ')} are different links; write each under a name of its own`)
    else if (kind === undefined) {
      if (context.issues.length === 0) refuse(`no way to devices; write one of ${kinds.join(', ')}`)
    } else if (!linkKinds[kind].hasUser && (context.value.username ?? context.value.password) !== undefined) {
      refuse(`${kind} knows no users; remove username and password`)
    }
  })

const deviceSchema = z.strictObject({
  profile: z.string(),
  link: name,
  unit_id: z.int().min(0).max(255).optional(),
  topic: z.string().optional(),
  sparkplug: z.strictObject({ group: z.string(), node: z.string(), device: z.string().optional() }).optional(),
  sunspec: z
    .strictObject({
      base: z.int().min(0).max(60_000).default(40_000),
      models: z.array(z.int()).min(1).max(64).optional(),
      blocks: z.int().min(0).max(99).default(2),
    })
    .optional(),
  params: z.record(name, z.union([z.number(), z.string()])).default({}),
  every: durationBetween('10ms', '1d').optional(),
  messages: z.array(z.string()).min(1).optional(),
  points: z.record(z.string(), waveformSchema).default({}),
})
export type DeviceSettings = z.infer<typeof deviceSchema>

/** plant.yaml as it is written. */
export const plantSchema = z.strictObject({
  seed: z.int().default(1),
  /** File that every reply is written to. */
  ledger: z.string().optional(),
  /** Folder with own profiles beside the built-in ones. */
  profiles: z.string().optional(),
  links: z.record(name, linkSchema),
  devices: z.record(name, deviceSchema),
  scenarios: z.array(scenarioSchema).default([]),
})
export type PlantSettings = z.infer<typeof plantSchema>

export const defaultEvery = duration.parse('1s')
