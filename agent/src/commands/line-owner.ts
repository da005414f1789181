import { realpathSync } from 'node:fs'
import { loadConfig } from '../config/load.ts'
import { nodeConfigIo } from '../config/node-io.ts'
import type { LinkConfig } from '../config/types.ts'
import type { ScanPlace } from '../explore/scan.ts'
import type { CommandIo } from './command.ts'
import { findConfig } from './config-path.ts'
import { askAgent } from './control-client.ts'
import { storagePathOf } from './storage-path.ts'

export interface Unowned {
  /** Places that the running agent doesn't use. */
  readonly free: readonly ScanPlace[]
  /** Why the others are left alone, one sentence a link. */
  readonly texts: readonly string[]
}

/** Leaves out what the running agent asks on: two clients on one line take each other's answers. */
export async function leaveToAgent(
  places: readonly ScanPlace[],
  configPath: string | undefined,
  io: CommandIo,
): Promise<Unowned> {
  const found = findConfig(configPath, io)
  if (!found.ok) return { free: places, texts: [] }
  const { config } = loadConfig(found.path, nodeConfigIo(io.env))
  const storage = storagePathOf(found.path)
  if (!config || !storage.ok) return { free: places, texts: [] }
  const used = new Map([...config.links.values()].map(link => [placeOf(link), link.name]))
  const owner = ({ config: own }: ScanPlace) => used.get(placeOf(own))
  if (!places.some(place => owner(place) !== undefined)) return { free: places, texts: [] }
  const answer = await askAgent(storage.path, 'GET', '/status')
  if (!answer.ok && answer.noAgent) return { free: places, texts: [] }
  const names = new Set(places.flatMap(place => owner(place) ?? []))
  const texts = [...names].map(name =>
    answer.ok
      ? `the running agent asks on this line (link ${name}); use lineside read, or stop the agent first`
      : `link ${name} is on this line, and whether the agent runs can't be told: ${answer.text}`,
  )
  return { free: places.filter(place => owner(place) === undefined), texts }
}

/** Says which device of lineside.yaml a unit at a place is; undefined: none, or there is no such file. */
export function configuredDevices(
  configPath: string | undefined,
  io: CommandIo,
): (place: ScanPlace, unitId: number) => string | undefined {
  const found = findConfig(configPath, io)
  const config = found.ok ? loadConfig(found.path, nodeConfigIo(io.env)).config : undefined
  const names = new Map<string, string>()
  for (const { name, link, unitId } of config?.devices.values() ?? []) {
    const line = config?.links.get(link)
    if (line) names.set(`${placeOf(line)} ${unitId}`, name)
  }
  return ({ config: own }, unitId) => names.get(`${placeOf(own)} ${unitId}`)
}

/** Two links with the same answer share a line. */
function placeOf(link: LinkConfig): string {
  if (link.kind === 'modbus_rtu' || link.kind === 'serial') return realPath(link.port.path)
  return `${link.host.toLowerCase()} ${link.port}`
}

function realPath(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return path
  }
}
