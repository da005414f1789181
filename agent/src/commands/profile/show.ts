import { type WrittenAlarm, type DeviceProfile, loadProfiles, protocolOf } from '@lineside/device-profiles'
import { nodeConfigIo } from '../../config/node-io.ts'
import { suggestProfile } from '../../config/suggest-profile.ts'
import { type CommandIo, RefusedError } from '../command.ts'
import { pointTable, shownPoints } from './points.ts'

/** `lineside profile show`. Throws a RefusedError where there is none of this name. */
export function showProfile(name: string, json: boolean, io: CommandIo): number {
  const { profiles } = loadProfiles(nodeConfigIo(io.env).builtinProfiles())
  const profile = profiles.get(name)
  if (!profile) {
    throw new RefusedError(`${name}: no such profile; ${suggestProfile(name, profiles.keys())}`)
  }
  const points = shownPoints(profile)
  if (json) {
    const { vendor, model, protocol, version, requirements, caveats, sources } = profile
    const alarms = Object.fromEntries(profile.alarms ?? [])
    const serial = 'serial' in profile ? profile.serial : undefined
    io.out(
      `${JSON.stringify({ profile: name, vendor, model, protocol, version, serial, requirements, caveats, sources, alarms, points })}\n`,
    )
    return 0
  }
  io.out(`${[`${name}: ${profile.vendor} ${profile.model}`, ...about(profile)].join('\n')}\n\n`)
  io.out(pointTable(points))
  return 0
}

function about(profile: DeviceProfile): readonly string[] {
  const { description, requirements, caveats, sources, params, alarms = new Map<string, WrittenAlarm>() } = profile
  const delivered = protocolOf(profile).deliveredAs(profile)
  return [
    ...(description === undefined ? [] : [description]),
    ...(delivered === undefined ? [] : [`as delivered: ${delivered}`]),
    ...[...params].map(([name, { description: text, default: preset }]) => {
      return `param ${name}: ${text} (${preset === undefined ? 'must be set' : `${preset} where it is not set`})`
    }),
    ...requirements.map(text => `needs: ${text}`),
    ...caveats.map(text => `beware: ${text}`),
    ...[...alarms].map(([name, rule]) => `alarm ${name}: default: ${rule.message ?? ''} (${alarmLimits(rule)})`),
    ...sources.map(({ title, confidence }) => `source: ${title} (${confidence} confidence)`),
  ]
}

/** `charge below 20`, `door is open`. */
export function alarmLimits({ point, high, low, is }: WrittenAlarm): string {
  const parts = [
    ...(low === undefined ? [] : [`below ${low}`]),
    ...(high === undefined ? [] : [`above ${high}`]),
    ...(is === undefined ? [] : [`is ${is.join(' or ')}`]),
  ]
  return `${point} ${parts.join(' or ')}`
}
