import { didYouMean, validate } from '@lineside/settings'
import { complain, entryNames, type Resolving, writtenKeys } from './context.ts'
import { orList } from './link-kinds.ts'
import { complainOfSharedClients, mqttConfig } from './mqtt-links.ts'
import { brokerLink } from './mqtt-schema.ts'
import { linkSchemas, modbusTcpLink, serialTcpLink } from './schema.ts'
import { secretAt } from './secrets.ts'
import {
  complainOfSharedPorts,
  modbusRtuConfig,
  modbusRtuTcpConfig,
  busBaudOf,
  portIsReal,
  serialPortConfig,
} from './serial-links.ts'
import type { BrokerUser, LinkConfig } from './types.ts'

type Kind = keyof typeof linkSchemas

/** What is known of a link that is written, also where it can't be used. */
export type KnownLink = { readonly state: 'usable'; readonly config: LinkConfig } | { readonly state: 'wrong' }

const kinds = Object.keys(linkSchemas).filter(isKind)
const usable = `write ${orList(kinds)}`

/** Every entry of `links`. */
export function resolveLinks(ctx: Resolving, gateway: string): ReadonlyMap<string, KnownLink> {
  const links = new Map(entryNames(ctx, 'links').map(link => [link, resolveLink(ctx, link, gateway)]))
  complainOfTakenPorts(ctx, links)
  complainOfSharedPorts(ctx, usableLinks(links).values())
  complainOfSharedClients(ctx, usableLinks(links).values())
  return links
}

function complainOfTakenPorts(ctx: Resolving, links: ReadonlyMap<string, KnownLink>): void {
  const taken = new Map<string, string>()
  for (const config of usableLinks(links).values()) {
    if (config.kind !== 'broker' || config.port === 0) continue
    const { name, host, port } = config
    const other = taken.get(`${host} ${port}`)
    if (other === undefined) taken.set(`${host} ${port}`, name)
    else complain(ctx, ['links', name, 'broker'], `${other} listens on port ${port} already`, 'choose another port')
  }
}

export function usableLinks(links: ReadonlyMap<string, KnownLink>): ReadonlyMap<string, LinkConfig> {
  return new Map([...links].flatMap(([name, link]) => (link.state === 'usable' ? [[name, link.config] as const] : [])))
}

function resolveLink(ctx: Resolving, link: string, gateway: string): KnownLink {
  const path = ['links', link]
  const keys = writtenKeys(ctx.document, path)
  const found = keys.filter(isKind)
  const [kind, second] = found
  if (kind === undefined) {
    complainOfNoKind(ctx, link, keys)
    return { state: 'wrong' }
  }
  if (second !== undefined) {
    complain(ctx, [...path, second], `${link} is already a ${kind} link`, 'make two links of it', 'key')
    return { state: 'wrong' }
  }
  const config = linkConfig(ctx, link, kind, gateway)
  return config === undefined ? { state: 'wrong' } : { state: 'usable', config }
}

function complainOfNoKind(ctx: Resolving, link: string, keys: readonly string[]): void {
  for (const key of keys) {
    const near = didYouMean(key, kinds)
    if (near === undefined) continue
    complain(ctx, ['links', link, key], `${key} is not a kind of link`, `did you mean ${near}?`, 'key')
    return
  }
  complain(ctx, ['links', link], 'the link does not say what it is', `${usable} with an address`, 'key')
}

function linkConfig(ctx: Resolving, link: string, kind: Kind, gateway: string): LinkConfig | undefined {
  switch (kind) {
    case 'modbus_tcp':
      return modbusLink(ctx, link)
    case 'modbus_rtu_tcp':
      return modbusRtuTcpConfig(ctx, link)
    case 'modbus_rtu':
      return modbusRtuConfig(ctx, link)
    case 'serial_tcp':
      return serialLink(ctx, link)
    case 'serial':
      return serialPortConfig(ctx, link)
    case 'mqtt':
      return mqttConfig(ctx, link, gateway)
    case 'broker':
      return broker(ctx, link)
    default:
      return kind satisfies never
  }
}

function modbusLink(ctx: Resolving, link: string): LinkConfig | undefined {
  const { value, problems } = validate(modbusTcpLink, ctx.document, { at: ['links', link] })
  ctx.problems.push(...problems)
  if (value === undefined || !portIsReal(ctx, link, 'modbus_tcp', value.modbus_tcp.port)) return undefined
  const { timeout, request_gap, max_in_flight } = value
  return {
    kind: 'modbus_tcp',
    name: link,
    ...value.modbus_tcp,
    timeoutMs: timeout,
    requestGapMs: request_gap,
    maxInFlight: max_in_flight,
    ...busBaudOf(value),
  }
}

function serialLink(ctx: Resolving, link: string): LinkConfig | undefined {
  const { value, problems } = validate(serialTcpLink, ctx.document, { at: ['links', link] })
  ctx.problems.push(...problems)
  if (value === undefined || !portIsReal(ctx, link, 'serial_tcp', value.serial_tcp.port)) return undefined
  return { kind: 'serial_tcp', name: link, ...value.serial_tcp, timeoutMs: value.timeout }
}

function broker(ctx: Resolving, link: string): LinkConfig | undefined {
  const { value, problems } = validate(brokerLink, ctx.document, { at: ['links', link] })
  ctx.problems.push(...problems)
  if (value === undefined) return undefined
  const users = new Map<string, BrokerUser>()
  for (const [user, { password, publish, subscribe }] of Object.entries(value.users)) {
    const secret = secretAt(ctx, ['links', link, 'users', user, 'password'], password)
    if (secret !== undefined) users.set(user, { password: secret, publish, subscribe })
  }
  if (users.size < Object.keys(value.users).length) return undefined
  const { clients, max_packet, message_rate, subscriptions, retained_topics, retained_size } = value.limits
  const limits = {
    clients,
    packetBytes: max_packet,
    messageRate: message_rate,
    subscriptions,
    retainedTopics: retained_topics,
    retainedBytes: retained_size,
  }
  return { kind: 'broker', name: link, ...value.broker, users, limits }
}

function isKind(key: string): key is Kind {
  return Object.hasOwn(linkSchemas, key)
}
