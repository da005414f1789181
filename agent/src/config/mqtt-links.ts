import { validate } from '@lineside/settings'
import { complain, type Resolving } from './context.ts'
import { isLoopback } from './loopback.ts'
import { mqttLink } from './mqtt-schema.ts'
import { secretAt } from './secrets.ts'
import { resolveTls } from './tls.ts'
import type { LinkConfig, MqttLinkConfig } from './types.ts'

/** Undefined where something of the link is wrong. */
export function mqttConfig(ctx: Resolving, link: string, gateway: string): MqttLinkConfig | undefined {
  const path = ['links', link]
  const { value, problems } = validate(mqttLink, ctx.document, { at: path })
  ctx.problems.push(...problems)
  if (value === undefined) return undefined
  const { secure, host, port } = value.mqtt
  const before = ctx.problems.length
  const password = value.password && secretAt(ctx, [...path, 'password'], value.password)
  if (value.password !== undefined && value.username === undefined) {
    complain(ctx, [...path, 'password'], 'a password without a username', 'write username: too', 'key')
  }
  const certificates = secure ? resolveTls(ctx, path, value) : undefined
  if (!secure) {
    for (const key of ['ca', 'client_cert'] as const) {
      if (value[key] === undefined) continue
      const fix = `write mqtts://${host}, or remove ${key}`
      complain(ctx, [...path, key], `${key} means nothing where nothing is encrypted`, fix, 'key')
    }
    if (value.password !== undefined && !isLoopback(host) && !value.unencrypted_password) {
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
    ...(value.username === undefined ? {} : { username: value.username }),
    ...(password === undefined ? {} : { password }),
    clientId: value.client_id ?? `lineside-${gateway}-${link}`,
    version: value.version === '3.1.1' ? 4 : 5,
    keepAliveMs: value.keep_alive,
    connectTimeoutMs: value.connect_timeout,
    sessionExpiryMs: value.session_expiry,
    maxPacketBytes: value.max_packet,
    maxUnacknowledged: value.max_unacknowledged,
  }
}

/** Of two clients with one id a broker keeps the one that came last, again and again. */
export function complainOfSharedClients(ctx: Resolving, links: Iterable<LinkConfig>): void {
  const taken = new Map<string, string>()
  for (const link of links) {
    if (link.kind !== 'mqtt') continue
    const client = `${link.host} ${link.port} ${link.clientId}`
    const other = taken.get(client)
    if (other === undefined) taken.set(client, link.name)
    else {
      const message = `${other} is already the client ${link.clientId} of this broker`
      complain(ctx, ['links', link.name, 'client_id'], message, 'write another client_id')
    }
  }
}
