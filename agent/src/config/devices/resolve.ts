import { type AddressKey, addressKeys, type DeviceProfile, protocolOf } from '@lineside/device-profiles'
import { nodeAt, orList, suggest, validate } from '@lineside/settings'
import { complain, entryNames, type Resolving, writtenKeys, writtenText } from '../context.ts'
import type { CronReader } from '../cron.ts'
import { type DeviceEntry, deviceEntry } from './entry.ts'
import type { ProfileLibrary } from '../library.ts'
import type { KnownLink } from '../links/resolve.ts'
import { kinds, linkKinds, speaks } from '../links/table.ts'
import { resolveParams } from './params.ts'
import { checkPointNames, isPolled, resolvePoints } from './points.ts'
import { checkRuleNames, checkRulePoints, resolveAlarms, resolveDetectors } from './rules.ts'
import { checkMayPublish } from './broker-rights.ts'
import { silenceAfter } from '../../poll/silence.ts'
import { checkSameFraming, checkSharedLinks } from './shared-links.ts'
import { suggestProfile } from '../suggest-profile.ts'
import type { DeviceConfig, LinkConfig } from '../types.ts'

export interface Surroundings {
  readonly links: ReadonlyMap<string, KnownLink>
  readonly library: ProfileLibrary
  readonly readCron: CronReader
}

/** Every device that is sound by itself, in the order of the files. */
export function resolveDevices(ctx: Resolving, around: Surroundings): ReadonlyMap<string, DeviceConfig> {
  const names = entryNames(ctx, 'devices')
  const devices = new Map<string, DeviceConfig>()
  for (const name of names) {
    const config = resolveDevice(ctx, name, around)
    if (config !== undefined) devices.set(name, config)
  }
  checkSharedLinks(ctx, names, around.links, around.library.profiles)
  checkSameFraming(ctx, devices.values())
  return devices
}

/**
 * One device, its template already applied. What stands beside something wrong is judged as well, so that one pass
 * tells all. The result counts only if nothing was complained about.
 */
function resolveDevice(ctx: Resolving, device: string, around: Surroundings): DeviceConfig | undefined {
  const path = ['devices', device]
  const { value: entry, problems } = validate(deviceEntry, ctx.document, { at: path })
  ctx.problems.push(...problems)
  if (nodeAt(ctx.document.root, path)?.kind !== 'map') return undefined
  const missing: Missing[] = []
  const link = linkOf(ctx, device, around.links, missing)
  const profile = profileOf(ctx, device, around.library, missing)
  if (profile !== undefined) {
    checkPointNames(ctx, device, profile)
    checkRulePoints(ctx, device, profile)
    checkAddress(ctx, device, profile, missing)
  }
  complainOfMissing(ctx, device, missing)
  if (entry === undefined || profile === undefined) return undefined

  if (link && linkKinds[link.kind].hasBroadcast && entry.unit_id === 0) {
    complain(ctx, [...path, 'unit_id'], `nobody on ${link.name} answers unit id 0, which is for all`, 'write 1 to 247')
  }
  checkRuleNames(ctx, device, entry)
  const params = resolveParams(ctx, device, entry, profile)
  const points = resolvePoints(ctx, device, entry, profile, around.readCron)
  const named = { name: device, profile, points }
  const alarms = resolveAlarms(ctx, named, entry)
  const detect = resolveDetectors(ctx, named, entry)
  if (link === undefined || !linkFits(ctx, device, link, profile)) return undefined
  const address = addressOf(entry)
  checkMayPublish(ctx, { device, ...address, params }, profile, link)
  const silence = silentAfterMs(entry, profile)
  return {
    ...named,
    link: link.name,
    ...address,
    ...(silence === undefined ? {} : { silentAfterMs: silence }),
    params,
    tags: entry.tags,
    alarms,
    detect,
  }
}

type Address = Pick<DeviceConfig, 'unitId' | 'topic' | 'sparkplug'>

/** What each key becomes that can address a device. */
const addresses: { readonly [K in AddressKey]: (written: NonNullable<DeviceEntry[K]>) => Partial<Address> } = {
  unit_id: unitId => ({ unitId }),
  topic: topic => ({ topic }),
  sparkplug: ({ group, node, device }) => ({ sparkplug: { group, node, ...(device === undefined ? {} : { device }) } }),
}

function addressOf(entry: DeviceEntry): Address {
  return addressKeys.reduce<Address>((address, key) => ({ ...address, ...partOf(key, entry[key]) }), { unitId: 0 })
}

function partOf<K extends AddressKey>(key: K, written: DeviceEntry[K]): Partial<Address> {
  return written === undefined ? {} : addresses[key](written)
}

/** What the user expects counts before what the profile knows. */
function silentAfterMs(entry: DeviceEntry, profile: DeviceProfile): number | undefined {
  if (isPolled(profile)) return undefined
  if (entry.every !== undefined) return silenceAfter(entry.every)
  return 'silentAfterMs' in profile ? profile.silentAfterMs : undefined
}

function linkOf(
  ctx: Resolving,
  device: string,
  links: Surroundings['links'],
  missing: Missing[],
): LinkConfig | undefined {
  const path = ['devices', device, 'link']
  const written = writtenText(ctx.document, path)
  if (written === undefined) {
    missing.push({ key: 'link', fix: suggest('', [...links.keys()]) })
    return undefined
  }
  const link = links.get(written)
  if (link === undefined) {
    if (ctx.isPartial !== true) complain(ctx, path, `there is no link ${written}`, suggest(written, [...links.keys()]))
    return undefined
  }
  return link.state === 'usable' ? link.config : undefined
}

function profileOf(
  ctx: Resolving,
  device: string,
  library: ProfileLibrary,
  missing: Missing[],
): DeviceProfile | undefined {
  const path = ['devices', device, 'profile']
  const written = writtenText(ctx.document, path)
  if (written === undefined) {
    missing.push({ key: 'profile', fix: 'write vendor/model, for instance eastron/sdm630' })
    return undefined
  }
  const profile = library.profiles.get(written)
  const broken = library.broken.get(written)
  if (profile !== undefined && broken === undefined) return profile
  if (broken === undefined) {
    complain(ctx, path, `there is no profile ${written}`, suggestProfile(written, library.names))
  } else {
    const first = broken[0]
    const where = first === undefined ? '' : ` (${first.file}:${first.line}:${first.column})`
    complain(ctx, path, `the profile ${written} can not be used${where}`, 'correct the profile')
  }
  return undefined
}

/** A key that a device needs and doesn't have. */
interface Missing {
  readonly key: string
  readonly fix: string
}

/**
 * Not where it is there and of the wrong kind, or may come from a template that can't be found: that was said. A key
 * that nobody knows was probably meant for what is missing: the two are one mistake.
 */
function complainOfMissing(ctx: Resolving, device: string, all: readonly Missing[]): void {
  const place = ['devices', device]
  const isSaid = (key: string) => ctx.problems.some(({ path }) => path === [...place, key].join('.'))
  const missing = isSaid('use') ? [] : all.filter(({ key }) => !isSaid(key))
  const strange = writtenKeys(ctx.document, place).find(key => !Object.hasOwn(deviceEntry.shape, key))
  const at = ctx.problems.findIndex(({ path }) => path === [...place, strange].join('.'))
  const told = ctx.problems[at]
  if (strange === undefined || told === undefined) {
    for (const { key, fix } of missing) complain(ctx, place, `${key} is missing`, fix, 'key')
  } else if (missing.length > 0) {
    const keys = missing.map(({ key }) => key).join(' and ')
    const fix = `write ${keys}, which ${missing.length === 1 ? 'is' : 'are'} missing, or remove it`
    ctx.problems[at] = { ...told, fix }
  }
}

function linkFits(ctx: Resolving, device: string, link: LinkConfig, profile: DeviceProfile): boolean {
  if (speaks(link.kind, profile.protocol)) return true
  const fitting = kinds.filter(kind => speaks(kind, profile.protocol))
  const message = `${profile.profile} speaks ${profile.protocol}, and ${link.name} is a ${link.kind} link`
  complain(ctx, ['devices', device, 'link'], message, `name a ${orList(fitting)} link`)
  return false
}

function checkAddress(ctx: Resolving, device: string, profile: DeviceProfile, missing: Missing[]): void {
  const { needs } = protocolOf(profile).addressing
  for (const key of addressKeys) {
    const has = nodeAt(ctx.document.root, ['devices', device, key]) !== undefined
    if (has && key !== needs?.key) {
      complain(
        ctx,
        ['devices', device, key],
        `${key} means nothing to a ${profile.protocol} device`,
        'remove it',
        'key',
      )
    } else if (!has && key === needs?.key) {
      missing.push({ key, fix: `write for instance ${key}: ${needs.example(profile)}` })
    }
  }
}
