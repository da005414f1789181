import { loadConfig } from '../../config/load.ts'
import { nodeConfigIo } from '../../config/node-io.ts'
import { askAgent } from '../../control/ask.ts'
import type { ScanPlace } from '../../explore/scan.ts'
import type { CommandIo } from '../command.ts'
import { findConfig } from '../running-agent/config-path.ts'
import { lineWords } from './same-line.ts'
import { storagePathOf } from '../running-agent/storage-path.ts'

/** A place that is left to the running agent. */
export interface KeptPlace {
  readonly place: ScanPlace
  readonly text: string
}

export interface Unowned {
  /** Places that the running agent doesn't use. */
  readonly free: readonly ScanPlace[]
  /** The others, and why each is left alone. */
  readonly kept: readonly KeptPlace[]
}

/** Leaves out what the running agent asks on: two clients on one line take each other's answers. */
export async function leaveToAgent(
  places: readonly ScanPlace[],
  configPath: string | undefined,
  io: CommandIo,
): Promise<Unowned> {
  const found = findConfig(configPath, io)
  if (!found.ok) return { free: places, kept: [] }
  const { config } = loadConfig(found.path, nodeConfigIo(io.env))
  const storage = storagePathOf(found.path)
  if (!config || !storage.ok) return { free: places, kept: [] }
  const links = [...config.links.values()]
  const wordsOf = await lineWords([...links, ...places.map(place => place.config)])
  const used = new Map(links.flatMap(link => wordsOf(link).map(word => [word, link.name])))
  const owner = ({ config: own }: ScanPlace) =>
    wordsOf(own)
      .map(word => used.get(word))
      .find(name => name !== undefined)
  if (!places.some(place => owner(place) !== undefined)) return { free: places, kept: [] }
  const answer = await askAgent(storage.path, 'status')
  if (!answer.ok && answer.noAgent) return { free: places, kept: [] }
  const kept = places.flatMap(place => {
    const link = owner(place)
    if (link === undefined) return []
    return {
      place,
      text: answer.ok
        ? `the running agent asks on this line (link ${link})`
        : `link ${link} is on this line, and whether the agent runs can't be told: ${answer.text}`,
    }
  })
  return { free: places.filter(place => owner(place) === undefined), kept }
}

/** Where nothing is left to ask: one sentence a link, with the way out. */
export function ownedTexts(kept: readonly KeptPlace[]): readonly string[] {
  return [...new Set(kept.map(({ text }) => text))].map(text => `${text}; use lineside read, or stop the agent first`)
}

/** Says which device of lineside.yaml a unit at a place is; undefined: none, or there is no such file. */
export async function configuredDevices(
  places: readonly ScanPlace[],
  configPath: string | undefined,
  io: CommandIo,
): Promise<(place: ScanPlace, unitId: number) => string | undefined> {
  const found = findConfig(configPath, io)
  const config = found.ok ? loadConfig(found.path, nodeConfigIo(io.env)).config : undefined
  const wordsOf = await lineWords([...(config?.links.values() ?? []), ...places.map(place => place.config)])
  const names = new Map<string, string>()
  for (const { name, link, unitId } of config?.devices.values() ?? []) {
    const line = config?.links.get(link)
    for (const word of line ? wordsOf(line) : []) names.set(`${word} ${unitId}`, name)
  }
  return ({ config: own }, unitId) =>
    wordsOf(own)
      .map(word => names.get(`${word} ${unitId}`))
      .find(name => name !== undefined)
}
