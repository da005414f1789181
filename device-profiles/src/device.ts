import { priorities } from '@lineside/contract'
import { duration, durationBetween, name } from '@lineside/settings'
import * as z from 'zod'

const number = z.number()
const sentence = z.string().min(1).max(500)
const priority = z.enum(priorities).meta({ description: 'how soon a person must act (ISA-18.2)' })

/** A point's name as profiles write it. */
export const pointName = z.string().min(1).max(64).meta({ description: 'name of a point of the profile' })

const topic = z
  .string()
  .min(1)
  .max(512)
  .refine(text => !/[+#\0]/.test(text), {
    error: "a topic here has no wildcards; write the beginning of the device's own topics, for instance shellies/plug7",
  })
  .refine(text => !text.startsWith('/') && !text.endsWith('/'), {
    error: 'a topic here neither begins nor ends with /',
  })
  .meta({ description: "MQTT: stands for {topic} in the profile's topics", examples: ['shellies/plug7'] })

const sparkplugId = z
  .string()
  .min(1)
  .max(256)
  .refine(text => !/[+#/\0]/.test(text), { error: 'an id here has no +, # and /' })

const sparkplug = z.strictObject({ group: sparkplugId, node: sparkplugId, device: sparkplugId.optional() }).meta({
  description: "Sparkplug B: group id, edge node id, and device id unless the metrics are the node's own",
  examples: [{ group: 'plant', node: 'edge_1', device: 'press_3' }],
})

const every = durationBetween('10ms', '30d').meta({
  description: 'how often it is read, or expected where it talks by itself, for instance 1s',
  insteadOf: ['interval', 'poll_interval', 'period', 'cycle', 'rate', 'poll'],
})

const cron = z
  .string()
  .min(1)
  .max(200)
  .meta({
    description: "when it is read instead, as five cron fields in the gateway's time zone",
    examples: ['*/15 * * * *'],
  })

/** What a user may say of one point. */
export const pointOptions = z
  .strictObject({
    every: every.optional(),
    cron: cron.optional(),
    deadband: number.min(0).optional().meta({ description: "send only changes beyond this, in the point's unit" }),
    max_silence: durationBetween('1s', '7d')
      .optional()
      .meta({ description: 'send an unchanged value at least this often' }),
    unit: z.string().min(1).optional().meta({ description: 'UCUM code to convert to' }),
  })
  .meta({ description: 'how one point is read and sent' })

const off = z.union([z.literal('off'), z.literal(false)]).meta({ description: 'not read' })

/** A map is judged key by key; what is none is told what there is. */
function notPoint({ input }: { readonly input?: unknown }): string | undefined {
  if (typeof input === 'object' && input !== null) return undefined
  return `${JSON.stringify(input)} says nothing of a point; write off, or for instance { every: 10s }`
}

/** What every alarm tells people, whatever raises it. */
export const alarmWords = {
  priority: priority.default('medium'),
  message: sentence.optional().meta({ description: 'what the people in the plant read' }),
  action: sentence.optional().meta({ description: 'what they shall do' }),
}

/** What an enum has no name for it says as a number. */
const state = z.union([z.boolean(), z.string().min(1).max(64), z.int().transform(String)])

/** An alarm on limits (`high`, `low` or both), or on a state (`is`). */
export const alarmEntry = z
  .strictObject({
    point: pointName,
    high: number.optional().meta({ description: 'raised above this; the limit itself is within' }),
    low: number.optional().meta({ description: 'raised below this' }),
    is: z
      .union([state.transform(one => [one]), z.array(state).min(1).max(32)])
      .optional()
      .meta({
        description: 'in place of limits where the point is no number: raised while it is this, or one of these',
      }),
    hysteresis: number
      .min(0)
      .default(0)
      .meta({ description: 'over when the value is back by so much: above 80 with 3 ends at 77' }),
    on_delay: duration.prefault('0s').meta({ description: 'every value of that long must say so before it is raised' }),
    off_delay: duration.prefault('0s').meta({ description: 'every value of that long must be back before it is over' }),
    ...alarmWords,
  })
  .meta({ description: 'an alarm on limits, or on a state' })

/** What addresses a device on its link: which of them it needs is a matter of its protocol, see `addressing.ts`. */
export const addressShape = {
  unit_id: z
    .int()
    .min(0)
    .max(255)
    .optional()
    .meta({
      description: 'Modbus unit id',
      insteadOf: ['slave', 'slave_id', 'slave_address', 'address', 'node', 'node_id', 'station', 'id', 'unit'],
    }),
  topic: topic.optional(),
  sparkplug: sparkplug.optional(),
}

export type AddressKey = keyof typeof addressShape

export const addressKeys: readonly AddressKey[] = Object.keys(addressShape).filter(isAddressKey)

function isAddressKey(key: string): key is AddressKey {
  return Object.hasOwn(addressShape, key)
}

/** What can be said of a device, but for detectors, which the agent knows. */
export const deviceShape = {
  use: name.optional().meta({ description: 'name of a template' }),
  profile: z
    .string()
    .min(1)
    .optional()
    .meta({
      description: 'vendor/model',
      examples: ['eastron/sdm630'],
      insteadOf: ['type', 'model', 'device', 'driver'],
    }),
  link: name.optional().meta({ description: 'name of a link', insteadOf: ['connection', 'bus', 'port', 'channel'] }),
  ...addressShape,
  every: every.optional(),
  cron: cron.optional(),
  tags: z.record(name, z.string().max(200)).default({}).meta({ description: 'sent along with the readings' }),
  params: z
    .record(name, z.union([number, z.string()]))
    .default({})
    .meta({ description: 'declared by the profile' }),
  points: z.record(pointName, z.union([off, pointOptions], { error: notPoint })).default({}),
  alarms: z
    .record(name, z.union([z.literal('default'), alarmEntry]))
    .default({})
    .meta({ description: 'alarms on limits and states; default: the one of this name that the profile proposes' }),
}

/** An alarm as a profile or a user writes it. */
export type WrittenAlarm = z.output<typeof alarmEntry>
export type PointOptions = z.output<typeof pointOptions>
