import { durationBetween, secretRef } from '@lineside/settings'
import * as z from 'zod'
import { complain } from '../context.ts'
import { isLoopback } from '../loopback.ts'
import { secretAt } from '../secrets.ts'
import { resolveTls } from '../tls.ts'
import type { MqttLinkConfig } from '../types.ts'
import { brokerUrl } from './broker-url.ts'
import { linkKind, type LinkEntry, type LinkKind } from './kind.ts'
import { packetSize } from './packet-size.ts'

const clientId = z
  .string()
  .min(1)
  .max(128)
  .refine(id => !id.includes('\0'), { error: 'a client id has no NUL character' })
  .meta({ description: 'by which the broker keeps the session; else lineside, gateway and link' })

const schema = z.strictObject({
  mqtt: brokerUrl,
  username: z.string().min(1).max(1024).optional(),
  password: secretRef.optional(),
  ca: z.string().min(1).optional().meta({
    description: 'PEM file of the only certificate authorities that may vouch for the broker; else the public ones',
  }),
  client_cert: z
    .strictObject({ cert: z.string().min(1), key: secretRef })
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

export const mqtt: LinkKind<MqttLinkConfig> = linkKind({
  protocols: ['mqtt', 'sparkplug'],
  schema,
  resolve: clientOf,
  // Of two clients with one id a broker keeps the one that came last, again and again.
  claim: ({ host, port, clientId: id }) => ({
    of: `client ${host} ${port} ${id}`,
    key: 'client_id',
    message: other => `${other} is already the client ${id} of this broker`,
    fix: 'write another client_id',
  }),
})

function clientOf(written: z.output<typeof schema>, { ctx, link, gateway }: LinkEntry): MqttLinkConfig | undefined {
  const path = ['links', link]
  const { secure, host, port } = written.mqtt
  const before = ctx.problems.length
  const password = written.password && secretAt(ctx, [...path, 'password'], written.password)
  if (written.password !== undefined && written.username === undefined) {
    complain(ctx, [...path, 'password'], 'a password without a username', 'write username: too', 'key')
  }
  const certificates = secure ? resolveTls(ctx, path, written) : undefined
  if (!secure) {
    for (const key of ['ca', 'client_cert'] as const) {
      if (written[key] === undefined) continue
      const fix = `write mqtts://${host}, or remove ${key}`
      complain(ctx, [...path, key], `${key} means nothing where nothing is encrypted`, fix, 'key')
    }
    if (written.password !== undefined && !isLoopback(host) && !written.unencrypted_password) {
      const fix = `write mqtts://${host}, or unencrypted_password: true where nobody else listens`
      complain(ctx, [...path, 'mqtt'], 'the password would be sent unencrypted', fix)
    }
  }
  if (ctx.problems.length > before) return undefined
  return {
    kind: 'mqtt',
    name: link,
    host,
    port,
    ...(certificates === undefined ? {} : { tls: certificates }),
    ...(written.username === undefined ? {} : { username: written.username }),
    ...(password === undefined ? {} : { password }),
    clientId: written.client_id ?? `lineside-${gateway}-${link}`,
    version: written.version === '3.1.1' ? 4 : 5,
    keepAliveMs: written.keep_alive,
    connectTimeoutMs: written.connect_timeout,
    sessionExpiryMs: written.session_expiry,
    maxPacketBytes: written.max_packet,
    maxUnacknowledged: written.max_unacknowledged,
  }
}
