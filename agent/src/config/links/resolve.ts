import { didYouMean, orList } from '@lineside/settings'
import { complain, entryNames, type Resolving, writtenKeys } from '../context.ts'
import type { LinkConfig, LinkConfigs } from '../types.ts'
import type { Claim, LinkEntry } from './kind.ts'
import { isKind, type Kind, kinds, linkKinds } from './table.ts'

/** What is known of a link that is written, also where it can't be used. */
export type KnownLink = { readonly state: 'usable'; readonly config: LinkConfig } | { readonly state: 'wrong' }

const usable = `write ${orList(kinds)}`

/** Every entry of `links`. */
export function resolveLinks(ctx: Resolving, gateway: string): ReadonlyMap<string, KnownLink> {
  const links = new Map(entryNames(ctx, 'links').map(link => [link, resolveLink({ ctx, link, gateway })]))
  complainOfClaims(ctx, usableLinks(links).values())
  return links
}

export function usableLinks(links: ReadonlyMap<string, KnownLink>): ReadonlyMap<string, LinkConfig> {
  return new Map([...links].flatMap(([name, link]) => (link.state === 'usable' ? [[name, link.config] as const] : [])))
}

/** Two links can't have what only one can have. */
function complainOfClaims(ctx: Resolving, links: Iterable<LinkConfig>): void {
  const taken = new Map<string, string>()
  for (const link of links) {
    const claim = claimOf(link.kind, link, ctx)
    if (claim === undefined) continue
    const other = taken.get(claim.of)
    if (other === undefined) taken.set(claim.of, link.name)
    else complain(ctx, ['links', link.name, claim.key], claim.message(other), claim.fix)
  }
}

function claimOf<K extends Kind>(kind: K, config: LinkConfigs[K], ctx: Resolving): Claim | undefined {
  return linkKinds[kind].claim(config, ctx)
}

function resolveLink(entry: LinkEntry): KnownLink {
  const { ctx, link } = entry
  const path = ['links', link]
  const keys = writtenKeys(ctx.document, path)
  const [kind, second] = keys.filter(isKind)
  if (kind === undefined) {
    complainOfNoKind(ctx, link, keys)
    return { state: 'wrong' }
  }
  if (second !== undefined) {
    complain(ctx, [...path, second], `${link} is already a ${kind} link`, 'make two links of it', 'key')
    return { state: 'wrong' }
  }
  const config = linkKinds[kind].resolve(entry)
  return config === undefined ? { state: 'wrong' } : { state: 'usable', config }
}

function complainOfNoKind(ctx: Resolving, link: string, keys: readonly string[]): void {
  for (const key of keys) {
    const near = didYouMean(key, kinds)
    const meant = near === undefined ? kinds.filter(kind => kind.startsWith(`${key.toLowerCase()}_`)) : [near]
    if (meant.length === 0) continue
    complain(ctx, ['links', link, key], `${key} is not a kind of link`, `write ${orList(meant)}`, 'key')
    return
  }
  complain(ctx, ['links', link], 'the link does not say what it is', `${usable} with an address`, 'key')
}
