import type { DeviceProfile } from '@lineside/device-profiles'
import { endpoint, resolvePath, resolveSecret, type SecretReader, type SecretRef } from '@lineside/settings'
import { z } from 'zod'
import type { PlantLink, PlantLinks } from './plant.ts'

/** The entry of a link that is being resolved. */
export interface LinkEntry {
  readonly name: string
  /** The plant file, which paths are seen from. */
  readonly file: string
  readonly username: string | undefined
  readonly password: SecretRef | undefined
  readonly secrets: SecretReader
  /** Tells what is wrong with a key of the entry. */
  readonly refuse: (key: string, message: string) => void
}

/** Undefined where something of the entry can't be used, after saying so. */
type Resolve<L extends PlantLink> = (entry: LinkEntry) => L | undefined

/** What a plant file says of a kind of link: a row of the table. */
interface LinkKind<L extends PlantLink> {
  /** What stands behind the key of the kind, made into the link once its entry is known. */
  readonly schema: z.ZodType<Resolve<L>>
  /** What the devices on it speak. */
  readonly protocols: readonly DeviceProfile['protocol'][]
  /** It may have `username` and `password`. */
  readonly hasUser: boolean
}

function linkKind<S extends z.ZodType, L extends PlantLink>(
  schema: S,
  of: Pick<LinkKind<L>, 'protocols'> & { readonly hasUser?: boolean },
  resolve: (written: z.output<S>, entry: LinkEntry) => L | undefined,
): LinkKind<L> {
  const made = schema.transform(written => (entry: LinkEntry) => resolve(written, entry))
  return { schema: made, protocols: of.protocols, hasUser: of.hasUser ?? false }
}

const brokerUrl = z.url({
  protocol: /^mqtts?$/,
  error: issue => `"${String(issue.input)}" is not a broker's address; write for instance mqtt://127.0.0.1:1883`,
})

/** A pseudo-terminal. */
const portPath = z.string().min(1)

const modbus = { protocols: ['modbus'] } as const
const serial = { protocols: ['serial'] } as const
const mqtt = { protocols: ['mqtt', 'sparkplug'], hasUser: true } as const

export type Kind = keyof PlantLinks

/** Every kind of link of a plant, by the key that says so. */
export const linkKinds: { readonly [K in Kind]: LinkKind<PlantLinks[K]> } = {
  modbus_tcp: linkKind(endpoint(502), modbus, (listen, { name }) => ({ kind: 'modbus_tcp', name, listen })),
  modbus_rtu_tcp: linkKind(endpoint(4001), modbus, (listen, { name }) => ({ kind: 'modbus_rtu_tcp', name, listen })),
  modbus_rtu: linkKind(portPath, modbus, (path, { name, file }) => ({
    kind: 'modbus_rtu',
    name,
    path: resolvePath(file, path),
  })),
  serial_tcp: linkKind(endpoint(4001), serial, (listen, { name }) => ({ kind: 'serial_tcp', name, listen })),
  serial: linkKind(portPath, serial, (path, { name, file }) => ({
    kind: 'serial',
    name,
    path: resolvePath(file, path),
  })),
  mqtt: linkKind(brokerUrl, mqtt, brokerClient),
}

export const kinds: readonly Kind[] = Object.keys(linkKinds).filter(key => isKind(key))

function isKind(key: string): key is Kind {
  return Object.hasOwn(linkKinds, key)
}

/** Whether devices on this kind of link speak the protocol. */
export function speaks(kind: Kind, protocol: DeviceProfile['protocol']): boolean {
  return linkKinds[kind].protocols.includes(protocol)
}

function brokerClient(url: string, entry: LinkEntry): PlantLinks['mqtt'] | undefined {
  const { name, username, password } = entry
  const link = { kind: 'mqtt', name, url, ...(username === undefined ? {} : { username }) } as const
  if (password === undefined) return link
  const resolved = resolveSecret(password, entry.secrets)
  if ('secret' in resolved) return { ...link, password: resolved.secret }
  entry.refuse('password', resolved.refused)
  return undefined
}
