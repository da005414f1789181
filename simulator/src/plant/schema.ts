import { duration, durationBetween, endpoint, name, secretRef } from '@lineside/settings'
import { z } from 'zod'
import { scenarioSchema } from '../scenario/scenario-schema.ts'
import { waveformSchema } from '../waveforms/spec.ts'

const linkKeys = ['modbus_tcp', 'modbus_rtu_tcp', 'modbus_rtu', 'serial_tcp', 'serial', 'mqtt'] as const

const brokerUrl = z.url({
  protocol: /^mqtts?$/,
  error: issue => `"${String(issue.input)}" is not a broker's address; write for instance mqtt://127.0.0.1:1883`,
})

const linkSchema = z
  .strictObject({
    /** Where the Modbus TCP server listens. */
    modbus_tcp: endpoint(502).optional(),
    /** Where RTU frames are served over TCP, as behind a serial device server. */
    modbus_rtu_tcp: endpoint(4001).optional(),
    /** Path of the pseudo-terminal on which RTU is served; needs socat. */
    modbus_rtu: z.string().min(1).optional(),
    /** Where the serial line listens, as a serial device server does. */
    serial_tcp: endpoint(4001).optional(),
    /** Path of the pseudo-terminal that the serial line is; needs socat. */
    serial: z.string().min(1).optional(),
    /** The broker that devices connect to. */
    mqtt: brokerUrl.optional(),
    username: z.string().optional(),
    password: secretRef.optional(),
  })
  .check(context => {
    const given = linkKeys.filter(key => context.value[key] !== undefined)
    const refuse = (message: string) => context.issues.push({ code: 'custom', input: context.value, message })
    if (given.length > 1) refuse(`${given.join(' and ')} are different links; write each under a name of its own`)
    else if (given.length === 0) {
      if (context.issues.length === 0) refuse(`no way to devices; write one of ${linkKeys.join(', ')}`)
    } else if (given[0] !== 'mqtt' && (context.value.username ?? context.value.password) !== undefined) {
      refuse(`${given[0] ?? ''} knows no users; remove username and password`)
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
