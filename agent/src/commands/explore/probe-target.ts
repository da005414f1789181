import type { ModbusPoint, ModbusProfile } from '@lineside/device-profiles'
import { suggest } from '@lineside/settings'
import { loadConfig } from '../../config/load.ts'
import { nodeConfigIo } from '../../config/node-io.ts'
import { suggestProfile } from '../../config/suggest-profile.ts'
import type { ScanPlace } from '../../explore/scan.ts'
import { type CommandIo, RefusedError, UsageError } from '../command.ts'
import { findConfig } from '../running-agent/config-path.ts'
import { integerFlag } from '../terminal/flags.ts'
import { knownProfiles } from '../profile/known-profiles.ts'
import { type LineValues, linkPlaces, placesOf } from './line-places.ts'

/** What is probed. */
export interface ProbeTarget {
  readonly place: ScanPlace
  readonly unitId: number
  readonly table: 'input' | 'holding'
  /** As the user counts it. */
  readonly address: number
  /** What the profile says of the point that is looked for. */
  readonly point: ModbusPoint | undefined
}

export interface ProbeValues extends LineValues {
  readonly 'unit-id'?: string | undefined
  readonly table?: string | undefined
  readonly address?: string | undefined
  readonly profile?: string | undefined
  readonly point?: string | undefined
}

/** Throws UsageError. */
export function probeTarget(values: ProbeValues, positionals: readonly string[], io: CommandIo): ProbeTarget {
  const [device, named, ...more] = positionals
  if (more.length > 0) throw new UsageError(`one device and one point at a time, not ${positionals.join(' ')}`)
  const asked = device === undefined ? ofOptions(values, io) : ofDevice(device, named, values, io)
  const { point, profile } = asked
  if (profile && values.table === undefined && values.address === undefined) refuseBits(profile)
  const table = values.table ?? point?.table ?? (profile ? tableOf(profile) : 'holding')
  if (table !== 'input' && table !== 'holding') throw new UsageError(`--table ${table}: write input or holding`)
  const usualAddress = point?.address ?? (profile ? firstAddress(profile, table) : 0)
  const address = values.address === undefined ? usualAddress : integerFlag('--address', values.address, 0, 65_535)
  return { place: asked.place, unitId: asked.unitId, point, table, address }
}

interface Asked extends Pick<ProbeTarget, 'place' | 'unitId' | 'point'> {
  readonly profile?: ModbusProfile
}

function ofOptions(values: ProbeValues, io: CommandIo): Asked {
  const [place, second] = placesOf(values, io)
  if (!place || second)
    throw new UsageError('say at which settings: --baud 9600 --parity none; lineside scan finds them')
  if (values['unit-id'] === undefined) throw new UsageError('which unit? write --unit-id 1')
  const unitId = integerFlag('--unit-id', values['unit-id'], 0, 255)
  const profiles = values.profile === undefined ? undefined : knownProfiles(values.config, io).profiles
  const profile = profiles?.get(values.profile ?? '')
  if (values.profile !== undefined && profile?.protocol !== 'modbus') {
    const modbus = [...(profiles ?? [])].flatMap(([name, { protocol }]) => (protocol === 'modbus' ? [name] : []))
    throw new RefusedError(`there is no Modbus profile ${values.profile}; ${suggestProfile(values.profile, modbus)}`)
  }
  if (profile?.protocol !== 'modbus') return { place, unitId, point: undefined }
  return { place, unitId, point: pointOf(profile, values.point), profile }
}

function ofDevice(device: string, named: string | undefined, values: ProbeValues, io: CommandIo): Asked {
  for (const flag of ['tcp', 'rtu', 'rtu-tcp', 'link', 'unit-id', 'profile'] as const) {
    if (values[flag] !== undefined) throw new UsageError(`lineside.yaml says that of ${device}; remove --${flag}`)
  }
  const found = findConfig(values.config, io)
  if (!found.ok) throw new RefusedError(found.text)
  const { config } = loadConfig(found.path, nodeConfigIo(io.env))
  if (!config) throw new RefusedError(`${found.path} is not in order; see lineside check`)
  const known = config.devices.get(device)
  if (!known) throw new RefusedError(`there is no device ${device}; ${suggest(device, [...config.devices.keys()])}`)
  const { profile, unitId } = known
  if (profile.protocol !== 'modbus') throw new RefusedError(`${device} is no Modbus device; only those have registers`)
  const [place] = linkPlaces(known.link, { timeout: values.timeout, config: values.config }, io)
  if (!place) throw new RefusedError(`${known.link} has no settings`)
  return { place, unitId, point: pointOf(profile, named ?? values.point), profile }
}

/** Where most of the device's values are. */
function tableOf({ points }: ModbusProfile): 'input' | 'holding' {
  const inputs = [...points.values()].filter(({ table }) => table === 'input').length
  return inputs * 2 > points.size ? 'input' : 'holding'
}

/** Of a device that has none there is nothing to look at, unless somebody says where. */
function refuseBits({ profile, points }: ModbusProfile): void {
  if ([...points.values()].some(({ table }) => table === 'input' || table === 'holding')) return
  throw new RefusedError(`${profile} has bits alone, and probe looks at registers; lineside read shows its values`)
}

/** Where the device's values begin: many refuse what lies before. */
function firstAddress({ points }: ModbusProfile, table: 'input' | 'holding'): number {
  const addresses = [...points.values()].flatMap(point => (point.table === table ? [point.address] : []))
  return addresses.length === 0 ? 0 : Math.min(...addresses)
}

function pointOf(profile: ModbusProfile, name: string | undefined): ModbusPoint | undefined {
  const point = name === undefined ? undefined : profile.points.get(name)
  if (name !== undefined && point === undefined) {
    throw new RefusedError(`${profile.profile} has no point ${name}; ${suggest(name, [...profile.points.keys()])}`)
  }
  if (point?.sunspec) {
    throw new RefusedError(`each SunSpec device has its points elsewhere; lineside read shows ${name}`)
  }
  if (point && (point.table === 'coil' || point.table === 'discrete')) {
    throw new RefusedError(`${name} is a ${point.table}, which is one bit; probe looks at registers`)
  }
  return point
}
