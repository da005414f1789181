import { isDeepStrictEqual } from 'node:util'
import { type DeviceProfile, isSunspec } from '@lineside/device-profiles'
import { nodeAt, plainValue } from '@lineside/settings'
import { complain, type Resolving, writtenText } from './context.ts'
import type { KnownLink } from './links/resolve.ts'
import { speaks } from './links/table.ts'
import type { DeviceConfig, LinkConfig } from './types.ts'

/** Says which devices of one link can't be told apart; of two, the second one is taken out. */
export function checkSharedLinks(
  ctx: Resolving,
  devices: readonly string[],
  links: ReadonlyMap<string, KnownLink>,
  profiles: ReadonlyMap<string, DeviceProfile>,
): void {
  const taken = new Map<string, string>()
  for (const device of devices) {
    const link = writtenText(ctx.document, ['devices', device, 'link'])
    const known = link === undefined ? undefined : links.get(link)
    if (link === undefined || known?.state !== 'usable') continue
    const address = addressOf(ctx, device, known.config.kind, profiles)
    if (address === undefined) continue
    const name = JSON.stringify([link, address.value])
    const other = taken.get(name)
    if (other === undefined) taken.set(name, device)
    else complain(ctx, ['devices', device, address.key], `${address.words} of ${link} is already ${other}`, address.fix)
  }
}

interface Address {
  readonly key: string
  readonly value: unknown
  readonly words: string
  readonly fix: string
}

function addressOf(
  ctx: Resolving,
  device: string,
  kind: LinkConfig['kind'],
  profiles: ReadonlyMap<string, DeviceProfile>,
): Address | undefined {
  const written = (key: string) => {
    const node = nodeAt(ctx.document.root, ['devices', device, key])
    return node === undefined ? undefined : plainValue(node)
  }
  if (speaks(kind, 'modbus')) {
    const unitId = written('unit_id')
    if (typeof unitId !== 'number') return undefined
    const words = `unit id ${unitId}`
    const which = whichFrom(profiles.get(String(written('profile'))))
    if (which === undefined) return { key: 'unit_id', value: unitId, words, fix: 'correct one of the two' }
    // A unit may show several meters: each is a device.
    const params = nodeAt(ctx.document.root, ['devices', device, 'params', which])
    const number = params === undefined ? 1 : plainValue(params)
    const fix = `correct one of the two, or write another params: { ${which}: 2 }`
    return { key: 'unit_id', value: number === 1 ? unitId : [unitId, number], words, fix }
  }
  // Two devices may share a topic or a line where profile or params tell them apart: the channels of one relay.
  const profile = [written('profile'), written('params')]
  if (speaks(kind, 'serial')) {
    return {
      key: 'link',
      value: profile,
      words: 'the device with this profile',
      fix: 'give each a link or other params',
    }
  }
  const place = written('sparkplug')
  if (place !== undefined) {
    const words = 'this Sparkplug device with this profile'
    return { key: 'sparkplug', value: [place, profile], words, fix: 'correct one of the two' }
  }
  const topic = written('topic')
  if (typeof topic !== 'string') return undefined
  return { key: 'topic', value: [topic, profile], words: `${topic} with this profile`, fix: 'correct one of the two' }
}

function whichFrom(profile: DeviceProfile | undefined): string | undefined {
  return isSunspec(profile) ? profile.sunspec.whichFrom : undefined
}

/** Says which devices can't stand on one line, because they begin and end their frames in another way. */
export function checkSameFraming(ctx: Resolving, devices: Iterable<DeviceConfig>): void {
  const first = new Map<string, DeviceConfig>()
  for (const device of devices) {
    if (device.profile.protocol !== 'serial') continue
    const other = first.get(device.link)
    if (other === undefined) first.set(device.link, device)
    else if (other.profile.protocol === 'serial' && !isDeepStrictEqual(other.profile.framing, device.profile.framing)) {
      const message = `${device.profile.profile} cuts frames in another way than ${other.profile.profile} of ${other.name}`
      complain(ctx, ['devices', device.name, 'link'], message, 'give it a link of its own')
    }
  }
}
