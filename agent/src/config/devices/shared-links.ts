import { isDeepStrictEqual } from 'node:util'
import { type DeviceProfile, type Identity, protocolOf } from '@lineside/device-profiles'
import { nodeAt, plainValue } from '@lineside/settings'
import { complain, type Resolving, writtenText } from '../context.ts'
import type { KnownLink } from '../links/resolve.ts'
import { linkKinds } from '../links/table.ts'
import type { DeviceConfig, LinkConfig } from '../types.ts'

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
    const identity = identityOf(ctx, device, known.config.kind, profiles)
    if (identity === undefined) continue
    const name = JSON.stringify([link, identity.of])
    const other = taken.get(name)
    const { key, words, fix } = identity
    if (other === undefined) taken.set(name, device)
    else complain(ctx, ['devices', device, key], `${words} of ${link} is already ${other}`, fix)
  }
}

/** By what its link speaks: a device whose profile is mistyped takes an address too. */
function identityOf(
  ctx: Resolving,
  device: string,
  kind: LinkConfig['kind'],
  profiles: ReadonlyMap<string, DeviceProfile>,
): Identity | undefined {
  const value = (key: string) => {
    const node = nodeAt(ctx.document.root, ['devices', device, key])
    return node === undefined ? undefined : plainValue(node)
  }
  const known = profiles.get(String(value('profile')))
  for (const protocol of linkKinds[kind].protocols) {
    const profile = known?.protocol === protocol ? known : undefined
    const identity = protocolOf({ protocol }).addressing.identity({ profile, value })
    if (identity !== undefined) return identity
  }
  return undefined
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
