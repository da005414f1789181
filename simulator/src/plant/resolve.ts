import type { DeviceProfile } from '@lineside/device-profiles'
import {
  type Document,
  type Problem,
  problemAt,
  resolvePath,
  type SecretReader,
  sortProblems,
  suggest,
} from '@lineside/settings'
import { correlationProblems } from './correlation.ts'
import { kinds, speaks } from './link-kinds.ts'
import type { Plant, PlantDevice, PlantLink } from './plant.ts'
import { lackingAddress, missingParam, placeOf } from './protocols.ts'
import { playedChain } from './sunspec.ts'
import { type DeviceSettings, defaultEvery, type PlantSettings } from './schema.ts'

/** What a plant file refers to, passed in. */
export interface PlantSurroundings {
  readonly profiles: ReadonlyMap<string, DeviceProfile>
  /** Every profile there is, for those who mistype one. */
  readonly profileNames: readonly string[]
  readonly secrets: SecretReader
}

type Refuse = (path: readonly PropertyKey[], message: string, which?: 'key' | 'value') => void

/** Finds what the names in a plant file stand for; every one that stands for nothing is a problem. */
export function resolvePlant(
  document: Document,
  settings: PlantSettings,
  surroundings: PlantSurroundings,
): { readonly plant?: Plant; readonly problems: readonly Problem[] } {
  const problems: Problem[] = []
  const refuse: Refuse = (path, message, which) =>
    problems.push(problemAt(document, path, message, undefined, which ?? 'value'))

  const links = resolveLinks(document.file, settings, surroundings, refuse)
  const devices = new Map<string, PlantDevice>()
  for (const [name, written] of Object.entries(settings.devices)) {
    const device = resolveDevice(name, written, settings, surroundings, links, refuse)
    if (device) devices.set(name, device)
  }
  refuseSharing(devices, refuse)
  refuseScenarios(settings, surroundings.profiles, refuse)
  if (problems.length > 0) return { problems: sortProblems(problems) }
  const ledger = settings.ledger === undefined ? {} : { ledger: resolvePath(document.file, settings.ledger) }
  return { plant: { seed: settings.seed, ...ledger, links, devices }, problems: [] }
}

function resolveLinks(
  file: string,
  settings: PlantSettings,
  surroundings: PlantSurroundings,
  refuse: Refuse,
): Map<string, PlantLink> {
  const links = new Map<string, PlantLink>()
  for (const [name, written] of Object.entries(settings.links)) {
    const { username, password } = written
    const { secrets } = surroundings
    const complain = (key: string, message: string) => refuse(['links', name, key], message)
    const resolve = kinds.map(kind => written[kind]).find(made => made !== undefined)
    const link = resolve?.({ name, file, username, password, secrets, refuse: complain })
    if (link) links.set(name, link)
  }
  return links
}

function resolveDevice(
  name: string,
  written: DeviceSettings,
  settings: PlantSettings,
  { profiles, profileNames }: PlantSurroundings,
  links: ReadonlyMap<string, PlantLink>,
  refuse: Refuse,
): PlantDevice | undefined {
  const path = ['devices', name] as const
  const known = profiles.get(written.profile)
  if (known === undefined) {
    const isBroken = profileNames.includes(written.profile)
    refuse(
      [...path, 'profile'],
      isBroken
        ? `the profile ${written.profile} can not be used; correct it`
        : unknown('profile', written.profile, [...new Set(profileNames)]),
    )
  }
  const profile = known && playedChain(known, written, (key, message) => refuse([...path, 'sunspec', ...key], message))
  const link = links.get(written.link)
  if (link === undefined) {
    if (!(written.link in settings.links)) {
      refuse([...path, 'link'], unknown('link', written.link, Object.keys(settings.links)))
    }
  } else if (profile && !speaks(link.kind, profile.protocol)) {
    const wanted = kinds.find(kind => speaks(kind, profile.protocol)) ?? ''
    refuse(
      [...path, 'link'],
      `${written.link} is a ${link.kind} link, but ${profile.profile} speaks ${profile.protocol}; name a ${wanted} link`,
    )
  }
  if (profile === undefined || link === undefined) return undefined
  for (const point of Object.keys(written.points)) {
    if (!profile.points.has(point)) {
      refuse([...path, 'points', point], unknown('point', point, [...profile.points.keys()]), 'key')
    }
  }
  for (const [index, message] of (written.messages ?? []).entries()) {
    const all = 'messages' in profile ? [...profile.messages.keys()] : []
    if (!all.includes(message)) refuse([...path, 'messages', index], unknown('message', message, all))
  }
  const lacking = lackingAddress(profile.protocol, written)
  if (lacking !== undefined) refuse(path, lacking, 'key')
  const missing = missingParam(profile, written)
  if (missing !== undefined) refuse([...path, 'params'], missing)
  for (const problem of correlationProblems(written.points, profile)) {
    refuse([...path, 'points', problem.point], problem.message)
  }
  const { group = '', node = '', device } = written.sparkplug ?? {}
  const place = written.sparkplug && { group, node, ...(device === undefined ? {} : { device }) }
  return {
    name,
    profile,
    link: written.link,
    unitId: written.unit_id ?? 1,
    topic: written.topic ?? '',
    ...(place === undefined ? {} : { sparkplug: place }),
    params: written.params,
    everyMs: written.every ?? defaultEvery,
    ...(written.messages === undefined ? {} : { messages: written.messages }),
    points: new Map(Object.entries(written.points)),
    scenarios: settings.scenarios.filter(scenario => scenario.device === name),
  }
}

/** Places that only one device can have. */
function refuseSharing(devices: ReadonlyMap<string, PlantDevice>, refuse: Refuse): void {
  const taken = new Map<string, string>()
  for (const device of devices.values()) {
    const place = placeOf(device)
    if (place === undefined) continue
    const other = taken.get(place.words)
    taken.set(place.words, device.name)
    if (other !== undefined) {
      refuse(['devices', device.name], `${place.words} is already ${other}; ${place.fix}`, 'key')
    }
  }
}

function refuseScenarios(settings: PlantSettings, profiles: ReadonlyMap<string, DeviceProfile>, refuse: Refuse): void {
  for (const [index, scenario] of settings.scenarios.entries()) {
    const path = ['scenarios', index] as const
    const device = settings.devices[scenario.device]
    if (device === undefined) {
      refuse([...path, 'device'], unknown('device', scenario.device, Object.keys(settings.devices)))
      continue
    }
    const points = profiles.get(device.profile)?.points
    if (scenario.point === undefined || points === undefined || points.has(scenario.point)) continue
    refuse([...path, 'point'], unknown('point', scenario.point, [...points.keys()]))
  }
}

function unknown(what: string, written: string, known: readonly string[]): string {
  return `no ${what} ${written}; ${suggest(written, known)}`
}
