import {
  didYouMean,
  type Document,
  type Problem,
  problemAt,
  resolvePath,
  resolveSecret,
  type SecretRef,
  type Secret,
  validate,
} from '@lineside/settings'
import { complain, entryNames, type Resolving, writtenKeys } from './context.ts'
import { orList } from './link-kinds.ts'
import { brokerLink, linkSchemas, modbusTcpLink, serialTcpLink } from './schema.ts'
import {
  complainOfSharedPorts,
  modbusRtuConfig,
  modbusRtuTcpConfig,
  portIsReal,
  serialPortConfig,
} from './serial-links.ts'
import type { BrokerUser, LinkConfig } from './types.ts'

/** Kinds of link that lineside.yaml knows and this version doesn't serve. */
export const laterKinds = ['mqtt'] as const
type LaterKind = (typeof laterKinds)[number]
type Kind = keyof typeof linkSchemas

/** What is known of a link that is written, also where it can't be used. */
export type KnownLink =
  | { readonly state: 'usable'; readonly config: LinkConfig }
  /** Its devices can't run; the others can. */
  | { readonly state: 'unsupported'; readonly kind: LaterKind }
  | { readonly state: 'wrong' }

const kinds = Object.keys(linkSchemas).filter(isKind)
const usable = `write ${orList(kinds)}`

/** Every entry of `links`; for those of an unsupported kind see `laterLinkProblems`. */
export function resolveLinks(ctx: Resolving): ReadonlyMap<string, KnownLink> {
  const links = new Map(entryNames(ctx, 'links').map(link => [link, resolveLink(ctx, link)]))
  complainOfTakenPorts(ctx, links)
  complainOfSharedPorts(ctx, usableLinks(links).values())
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

function resolveLink(ctx: Resolving, link: string): KnownLink {
  const path = ['links', link]
  const keys = writtenKeys(ctx.document, path)
  const found = keys.filter(key => isKind(key) || isLater(key))
  const [kind, second] = found
  if (kind === undefined) {
    complainOfNoKind(ctx, link, keys)
    return { state: 'wrong' }
  }
  if (second !== undefined) {
    complain(ctx, [...path, second], `${link} is already a ${kind} link`, 'make two links of it', 'key')
    return { state: 'wrong' }
  }
  if (isLater(kind)) return { state: 'unsupported', kind }
  const config = isKind(kind) ? linkConfig(ctx, link, kind) : undefined
  return config === undefined ? { state: 'wrong' } : { state: 'usable', config }
}

function complainOfNoKind(ctx: Resolving, link: string, keys: readonly string[]): void {
  for (const key of keys) {
    const near = didYouMean(key, [...kinds, ...laterKinds])
    if (near === undefined) continue
    complain(ctx, ['links', link, key], `${key} is not a kind of link`, `did you mean ${near}?`, 'key')
    return
  }
  complain(ctx, ['links', link], 'the link does not say what it is', `${usable} with an address`, 'key')
}

function linkConfig(ctx: Resolving, link: string, kind: Kind): LinkConfig | undefined {
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
    default:
      return broker(ctx, link)
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
  return { kind: 'broker', name: link, ...value.broker, users }
}

/** What is said of links of a kind that this version doesn't serve; only their devices can't run. */
export function laterLinkProblems(document: Document, links: ReadonlyMap<string, KnownLink>): readonly Problem[] {
  return [...links].flatMap(([name, link]) => {
    if (link.state !== 'unsupported') return []
    const message = `${link.kind} links are not supported in this version`
    return [problemAt(document, ['links', name, link.kind], message, usable, 'key')]
  })
}

/** A secret's value; relative files are looked for beside the main file, whichever file names them. */
export function secretAt(ctx: Resolving, path: readonly string[], ref: SecretRef): Secret | undefined {
  const resolved = readSecret(ctx, ref)
  if ('secret' in resolved) return resolved.secret
  complain(ctx, path, resolved.refused)
  return undefined
}

/** Reads a secret anew, for one that may change while the agent runs. */
export function secretReader(ctx: Resolving, ref: SecretRef): () => Secret | undefined {
  return () => {
    const resolved = readSecret(ctx, ref)
    return 'secret' in resolved ? resolved.secret : undefined
  }
}

function readSecret(ctx: Resolving, ref: SecretRef): ReturnType<typeof resolveSecret> {
  const placed = 'file' in ref ? { file: resolvePath(ctx.document.file, ref.file) } : ref
  return resolveSecret(placed, ctx.io)
}

function isKind(key: string): key is Kind {
  return Object.hasOwn(linkSchemas, key)
}

function isLater(key: string): key is LaterKind {
  return laterKinds.some(kind => kind === key)
}
