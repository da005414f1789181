import { priorities } from '@lineside/contract'
import { filterProblem } from '@lineside/device-profiles'
import { durationBetween, endpoint, name, secretRef, size } from '@lineside/settings'
import * as z from 'zod'

const text = z.string().min(1)

const topicFilter = text.max(512).superRefine((filter, ctx) => {
  const problem = filterProblem(filter)
  if (problem !== undefined) ctx.addIssue({ code: 'custom', message: problem })
})

const packetSize = size.refine(bytes => bytes >= 1000 && bytes <= 16_000_000, {
  error: 'this is no size that packets may have; write 1kB to 16MB',
})

const brokerUser = z.strictObject({
  password: secretRef,
  publish: z.array(topicFilter).default([]).meta({ description: 'topic filters this user may publish to' }),
  subscribe: z.array(topicFilter).default([]).meta({ description: 'topic filters this user may subscribe to' }),
})

const brokerLimits = z.strictObject({
  clients: z.int().min(1).max(20_000).default(2000).meta({ description: 'connections at a time' }),
  max_packet: packetSize.default(262_144).meta({ description: 'largest packet of a client' }),
  message_rate: z
    .number()
    .gt(0)
    .max(100_000)
    .default(1000)
    .meta({ description: 'messages a second of one client; it is slowed down rather than losing any' }),
  subscriptions: z.int().min(1).max(10_000).default(100).meta({ description: 'subscriptions of one client' }),
  retained_topics: z.int().min(0).max(1_000_000).default(10_000),
  retained_size: size.default(16_000_000).meta({ description: 'payloads of all retained messages together' }),
})

export const brokerLink = z.strictObject({
  broker: endpoint(1883),
  limits: brokerLimits.prefault({}),
  users: z.record(name, brokerUser).meta({ description: 'who may connect, and to which topics' }),
})

/** Where a broker is, as its URL says. */
export interface BrokerUrl {
  readonly secure: boolean
  readonly host: string
  readonly port: number
}

const brokerUrl = text
  .transform((written, ctx): BrokerUrl => {
    const url = /^[a-z+]+:\/\//i.test(written) && URL.canParse(written) ? new URL(written) : undefined
    const refusal =
      url === undefined ? 'is not the URL of a broker; write for instance mqtts://broker.example' : urlRefusal(url)
    if (url !== undefined && refusal === undefined) {
      const secure = url.protocol === 'mqtts:'
      const host = url.hostname.replace(/^\[(.*)\]$/, '$1')
      return { secure, host, port: url.port === '' ? (secure ? 8883 : 1883) : Number(url.port) }
    }
    // A URL with a password in it is not shown.
    const shown = written.includes('@') ? 'the URL ' : `"${written}" `
    ctx.issues.push({ code: 'custom', input: written, message: `${shown}${refusal ?? ''}` })
    return z.NEVER
  })
  .meta({ description: 'where the broker is', examples: ['mqtts://broker.example'] })

function urlRefusal(url: URL): string | undefined {
  if (url.username !== '' || url.password !== '')
    return 'holds a user or password; write them under username and password'
  if (url.protocol !== 'mqtt:' && url.protocol !== 'mqtts:')
    return 'is not the URL of a broker; write mqtts://host, or mqtt://host where it has no encryption'
  if (url.hostname === '') return 'names no host; write for instance mqtts://broker.example'
  if (url.port === '0') return 'names port 0, where nothing is; write the port of the broker'
  if ((url.pathname !== '' && url.pathname !== '/') || url.search !== '' || url.hash !== '')
    return 'holds more than host and port; remove what follows them'
  return undefined
}

const clientId = text
  .max(128)
  .refine(id => !id.includes('\0'), { error: 'a client id has no NUL character' })
  .meta({ description: 'by which the broker keeps the session; else lineside, gateway and link' })

export const mqttLink = z.strictObject({
  mqtt: brokerUrl,
  username: text.max(1024).optional(),
  password: secretRef.optional(),
  ca: text.optional().meta({
    description: 'PEM file of the only certificate authorities that may vouch for the broker; else the public ones',
  }),
  client_cert: z
    .strictObject({ cert: text, key: secretRef })
    .optional()
    .meta({ description: 'certificate that the gateway shows the broker, PEM files' }),
  unencrypted_password: z.boolean().default(false).meta({
    description: 'the password may go over mqtt:// to another machine, in a network where nobody else listens',
  }),
  client_id: clientId.optional(),
  version: z
    .union([z.literal(5), z.literal('5'), z.literal('3.1.1')])
    .default(5)
    .meta({ description: 'version of MQTT; 5 falls back to 3.1.1 where the broker says that it does not know it' }),
  keep_alive: durationBetween('5s', '18h').default(30_000),
  connect_timeout: durationBetween('1s', '5m').default(10_000),
  session_expiry: durationBetween('1m', '365d').default(604_800_000).meta({
    description:
      'how long the broker keeps what was sent while the gateway is away (MQTT 5; 3.1.1: as the broker will)',
  }),
  max_packet: packetSize.default(262_144).meta({ description: 'largest packet that is taken from the broker' }),
  max_unacknowledged: z.int().min(1).max(10_000).default(1000).meta({
    description: 'messages of QoS 1 that may wait for their commit before the broker holds back',
  }),
})

const notifyTopic = text
  .max(512)
  .refine(topic => !/[+#]/.test(topic) && !topic.startsWith('/') && !topic.endsWith('/'), {
    error: 'a topic to publish to has no wildcards and neither begins nor ends with /',
  })
  .refine(topic => !/[{}]/.test(topic.replaceAll('{gateway}', '')), {
    error: 'only {gateway} can stand in a topic here',
  })

export const mqttNotify = z.strictObject({
  mqtt: name.meta({ description: 'name of a broker or mqtt link' }),
  topic: notifyTopic.default('lineside/{gateway}/alarms'),
  min_priority: z.enum(priorities).default('low'),
})
