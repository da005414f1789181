import {
  type HeaderPoint,
  headerPoints,
  locate,
  type ModbusPoint,
  type ModbusProfile,
  type SunspecChain,
} from '@lineside/device-profiles'
import type { PolledDevice, PollOutcome } from '../poll/outcome.ts'
import type { Turn } from '../poll/schedule.ts'
import { createModbusDevice, type ModbusDeviceOptions } from './modbus-device.ts'
import { type ReadHeader, vouchedFor } from './sunspec-headers.ts'

/** A SunSpec device whose models are known. */
export interface LocatedDevice {
  readonly chain: SunspecChain
  /** Wanted points that it has. */
  readonly present: ReadonlySet<string>
  /** Wanted points that it doesn't have. */
  readonly absent: ReadonlySet<string>
  readonly polled: PolledDevice
  /** Reads what it has of a turn, and with it that its models still lie there. */
  read(turn: Turn): Promise<PollOutcome | 'moved'>
}

/** The device as its chain has it; undefined where it has none of the wanted points. */
export function locateDevice(options: ModbusDeviceOptions, chain: SunspecChain): LocatedDevice | undefined {
  const { config } = options
  const profile = locate(options.profile, chain)
  const wanted = [...config.points.keys()]
  const present = new Set(wanted.filter(name => profile.points.has(name)))
  if (present.size === 0) return undefined
  const headers = headerPoints(chain)
  const polled = createModbusDevice({
    ...options,
    config: { ...config, points: new Map([...config.points].filter(([name]) => present.has(name))) },
    profile: withHeaders(profile, headers),
  })
  const headerOf = new Map([...present].map(name => [name, headerFor(profile.points.get(name), headers)] as const))
  const fallback = headers.filter(header => [...headerOf.values()].includes(header)).slice(0, 1)

  return {
    chain,
    present,
    absent: new Set(wanted.filter(name => !present.has(name))),
    polled,
    async read({ key, points }) {
      const asked = points.filter(name => present.has(name))
      const along = readAlong(asked, headerOf, fallback)
      const names = along.map(({ header }) => header.point.name)
      return vouchedFor(await polled.read({ key, points: [...asked, ...names] }), along)
    },
  }
}

/** The headers of the models that these points lie in; of a turn without any, one: it shows that the device is there. */
function readAlong(
  points: readonly string[],
  headerOf: ReadonlyMap<string, HeaderPoint | undefined>,
  fallback: readonly HeaderPoint[],
): readonly ReadHeader[] {
  if (points.length === 0) return fallback.map(header => ({ header, points }))
  const byHeader = Map.groupBy(points, name => headerOf.get(name))
  return [...byHeader].flatMap(([header, own]) => (header ? [{ header, points: own }] : []))
}

function headerFor(point: ModbusPoint | undefined, headers: readonly HeaderPoint[]): HeaderPoint | undefined {
  if (!point?.sunspec) return undefined
  return headers.findLast(header => header.model.address <= point.address)
}

function withHeaders(profile: ModbusProfile, headers: readonly HeaderPoint[]): ModbusProfile {
  return {
    ...profile,
    points: new Map([...profile.points, ...headers.map(({ point }) => [point.name, point] as const)]),
  }
}
