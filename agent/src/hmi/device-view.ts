import type { AgentConfig, DeviceConfig } from '../config/types.ts'
import type { LinkRefusals, LinkStatus } from '../links/link.ts'
import type { DeviceStatus } from '../poll/status.ts'
import { degradation } from './degradation.ts'
import type { LiveReading, LiveValues } from '../pipeline/live-values.ts'
import type { DeviceView, ReadingView } from '../control/answers.ts'

/** Each configured device with its state and newest readings, in the order of the configuration. `nowMs` is UTC. */
export function viewDevices(
  config: AgentConfig,
  links: readonly LinkStatus[],
  live: Pick<LiveValues, 'of'>,
  nowMs: number,
): DeviceView[] {
  const states = new Map(links.flatMap(link => link.devices.map(device => [device.name, device] as const)))
  const refusals = new Map(links.map(link => [link.name, link.refusals]))
  return [...config.devices.values()].map(device => {
    const known = states.get(device.name)
    const base = { name: device.name, profile: device.profile.profile, link: device.link }
    if (!known) return { ...base, state: 'misconfigured', reason: 'see the log', readings: [] }
    const { lastValue: lastValueAt } = known
    const readings = viewReadings(device, live)
    const around = { nowMs, timezone: config.timezone, refusals: refusals.get(device.link) }
    return {
      ...base,
      ...(lastValueAt !== undefined && { lastValueAt }),
      ...judged(device, known, { readings, goodSince: lastTurnedGood(live, device.name) }, around),
      readings,
    }
  })
}

/** When the last of its points was no longer bad. */
function lastTurnedGood(live: Pick<LiveValues, 'of'>, device: string): number {
  const turned = [...live.of(device).values()].flatMap(({ value, turnedAt }) =>
    value === undefined ? [] : (turnedAt ?? []),
  )
  return Math.max(0, ...turned)
}

type Judged = Pick<DeviceView, 'state' | 'reason' | 'since' | 'nextTryMs'>

/** A device that answers and lacks something is degraded. */
function judged(
  device: DeviceConfig,
  { state, since, lastError, nextTryMs, refused = [], flaw }: DeviceStatus,
  { readings, goodSince }: { readonly readings: readonly ReadingView[]; readonly goodSince: number },
  around: { readonly nowMs: number; readonly timezone: string; readonly refusals: LinkRefusals | undefined },
): Judged {
  if (state === 'starting') {
    // Whose client was refused is not known; it may be this one's.
    const turnedAway = around.refusals && `no message yet; its link refused a client: ${around.refusals.text}`
    const reason = flaw ?? turnedAway
    return { state: 'waiting', since, ...(reason !== undefined && { reason }) }
  }
  const next = nextTryMs !== undefined && { nextTryMs }
  if (state === 'offline') {
    const reason = `${lastError ?? 'no answer'}${flaw === undefined ? '' : `; ${flaw}`}`
    return { state, reason, since, ...next }
  }
  if (flaw !== undefined) return { state: 'degraded', reason: flaw, since, ...next }
  const { nowMs } = around
  const lack = degradation(device, refused, readings, around)
  if (!lack) return { state, since: Math.max(since, Math.min(goodSince, nowMs)) }
  return { state: 'degraded', reason: lack.reason, since: Math.max(since, Math.min(lack.since, nowMs)), ...next }
}

/** A device that the configuration has wrong, with what is wrong. */
export interface BrokenView {
  readonly device: string
  readonly reason: string
}

export function viewBroken({ device, reason }: BrokenView): DeviceView {
  return { name: device, profile: '', link: '', state: 'misconfigured', reason, readings: [] }
}

/** The newest readings of these points, without those that have said nothing yet. */
export function viewReadings(
  device: DeviceConfig,
  live: Pick<LiveValues, 'of'>,
  points: Iterable<string> = device.points.keys(),
): ReadingView[] {
  const newest = live.of(device.name)
  return [...points].flatMap(point => {
    const reading = newest.get(point)
    return reading ? [viewReading(device, point, reading)] : []
  })
}

export function viewReading(
  device: DeviceConfig,
  point: string,
  { t, value, quality, turnedAt }: LiveReading,
): ReadingView {
  const unit = device.profile.points.get(point)?.unit
  return {
    point,
    t,
    ...(value !== undefined && { value }),
    ...(unit !== undefined && { unit }),
    ...(quality !== undefined && { quality }),
    ...(value === undefined && turnedAt !== undefined && { badSince: turnedAt }),
  }
}
