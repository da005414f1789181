import {
  type HeaderPoint,
  headerPoints,
  locate,
  type ModbusPoint,
  type ModbusProfile,
  type SunspecChain,
} from '@lineside/device-profiles'
import type { PolledDevice, PollOutcome } from '../../poll/outcome.ts'
import type { Turn } from '../../poll/schedule.ts'
import { createModbusDevice, type ModbusDeviceOptions } from '../modbus/device.ts'
import { type FarFactor, farFactors, steadyOnly } from './factors.ts'
import { type ReadHeader, vouchedFor } from './headers.ts'

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
  const profile = locate(options.profile, chain, config.params)
  const wanted = [...config.points.keys()]
  const present = new Set(wanted.filter(name => profile.points.has(name)))
  if (present.size === 0) return undefined
  const headers = headerPoints(chain)
  const factors = farFactors(profile)
  const polled = createModbusDevice({
    ...options,
    config: { ...config, points: new Map([...config.points].filter(([name]) => present.has(name))) },
    profile: withPoints(profile, [...headers, ...factors]),
  })
  const headerOf = (address: number) => headers.findLast(({ model }) => model.address <= address)
  const byPoint = new Map(
    [...present].map(name => {
      const point = profile.points.get(name)
      return [name, point?.sunspec ? headerOf(point.address) : undefined] as const
    }),
  )
  const fallback = headers.filter(header => [...byPoint.values()].includes(header)).slice(0, 1)

  /** With their headers, which vouch for the values from behind too. */
  async function withSteady(outcome: PollOutcome, own: readonly FarFactor[]): Promise<PollOutcome | 'moved'> {
    // What stayed silent is not asked once more.
    if (!outcome.answered) return steadyOnly(outcome, outcome, own)
    const names = own.map(({ point }) => point.name)
    const along = headers
      .filter(header => own.some(({ point }) => headerOf(point.address) === header))
      .map(header => ({ header, points: names }))
    const points = [...names, ...along.map(({ header }) => header.point.name)]
    const behind = vouchedFor(await polled.read({ key: undefined, points }), along)
    return behind === 'moved' ? behind : steadyOnly(outcome, behind, own)
  }

  return {
    chain,
    present,
    absent: new Set(wanted.filter(name => !present.has(name))),
    polled,
    async read({ key, points }) {
      const asked = points.filter(name => present.has(name))
      const along = readAlong(asked, byPoint, fallback)
      const own = factors.filter(factor => factor.points.some(name => asked.includes(name)))
      const names = [...along.map(({ header }) => header), ...own].map(({ point }) => point.name)
      const outcome = vouchedFor(await polled.read({ key, points: [...asked, ...names] }), along)
      return own.length === 0 || outcome === 'moved' ? outcome : withSteady(outcome, own)
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

function withPoints(profile: ModbusProfile, more: readonly { readonly point: ModbusPoint }[]): ModbusProfile {
  return { ...profile, points: new Map([...profile.points, ...more.map(({ point }) => [point.name, point] as const)]) }
}
