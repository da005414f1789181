import { lookup } from 'node:dns/promises'
import { realpathSync } from 'node:fs'
import { isIP } from 'node:net'
import { type Clock, sleep, systemClock } from '@lineside/contract'
import type { LinkConfig } from '../../config/types.ts'

/** Where a link goes, in one or several words; links that have one of them in common share a line. */
export type LineWords = (link: LinkConfig) => readonly string[]

/** The IP addresses of a name; empty or rejected where there are none. */
export type NameLookup = (host: string) => Promise<readonly string[]>

/** A resolver that is away is not waited for: names are then compared as they are written. */
const mostMs = 2000
/** Names that are looked up; the others are compared as they are written. */
const mostNames = 64

const bySystem: NameLookup = async host => (await lookup(host, { all: true })).map(({ address }) => address)

/**
 * Looks up the names of hosts whose port another link has too, so that a gateway is the same by its name and by its
 * address. Takes at most 2 s, and never rejects.
 */
export async function lineWords(
  links: Iterable<LinkConfig>,
  ask: NameLookup = bySystem,
  clock: Clock = systemClock,
): Promise<LineWords> {
  const found = new Map<string, readonly string[]>()
  const late = new AbortController()
  const lookUp = async (host: string) => {
    const addresses = await ask(host).catch(() => [])
    if (!late.signal.aborted) found.set(host, addresses)
  }
  const names = namesToCompare(links)
  if (names.length > 0) {
    await Promise.race([Promise.all(names.map(lookUp)), sleep(clock, mostMs, late.signal)])
    late.abort()
  }
  return link => {
    if (link.kind === 'modbus_rtu' || link.kind === 'serial') return [realPath(link.port.path)]
    const host = link.host.toLowerCase()
    return [host, ...(found.get(host) ?? [])].map(address => `${address} ${link.port}`)
  }
}

/** Hosts that are no addresses, of ports that another host is written with too. */
function namesToCompare(links: Iterable<LinkConfig>): readonly string[] {
  const hosts = new Map<number, Set<string>>()
  for (const link of links) {
    if (!('host' in link)) continue
    const same = hosts.get(link.port) ?? new Set()
    hosts.set(link.port, same.add(link.host.toLowerCase()))
  }
  const shared = [...hosts.values()].flatMap(same => (same.size > 1 ? [...same] : []))
  return [...new Set(shared)].filter(host => isIP(host) === 0).slice(0, mostNames)
}

function realPath(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return path
  }
}
