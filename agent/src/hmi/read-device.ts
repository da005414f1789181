import type { Clock } from '@lineside/contract'
import { suggest } from '@lineside/settings'
import type { AgentConfig, DeviceConfig } from '../config/types.ts'
import type { Link } from '../links/link.ts'
import type { LiveValues } from '../pipeline/live-values.ts'
import { type BrokenView, viewReading, viewReadings } from './device-view.ts'
import type { Answer, Refusal } from '../control/answers.ts'

type Read = Answer<'read'>

interface Sources {
  readonly config: AgentConfig
  readonly broken: readonly BrokenView[]
  readonly links: readonly Link[]
  readonly live: Pick<LiveValues, 'of'>
  readonly clock: Pick<Clock, 'now'>
}

/** Reads a device where it can be asked; else gives its newest values. Without names: all points that are configured. */
export async function readDevice(sources: Sources, name: string, named: readonly string[]): Promise<Read | Refusal> {
  const { config, broken, links, live, clock } = sources
  const device = config.devices.get(name)
  if (!device) return { ok: false, text: unknownDevice(name, config, broken) }
  const stranger = named.find(point => !device.points.has(point))
  if (stranger !== undefined) return { ok: false, text: unknownPoint(stranger, device) }
  const points = named.length > 0 ? [...new Set(named)] : [...device.points.keys()]
  const who = { device: name, profile: device.profile.profile, link: device.link }

  const link = links.find(candidate => candidate.name === device.link)
  if (!link) return { ok: false, text: `link ${device.link} is not started yet; try again` }
  const asked = await link.read?.(name, points)
  const base = { ...who, asOf: clock.now() }
  if (!asked) return heard(link, { ...base, readings: viewReadings(device, live, points) }, points.length)
  if (asked.kind === 'refused') return { ok: false, text: `${name}: ${asked.text}` }

  const { outcome, t, tookMs, absent = [] } = asked
  const lacking = new Set(absent)
  const readings = points.flatMap(point => {
    if (lacking.has(point)) return []
    const value = outcome.values[point]
    const quality = outcome.quality?.[point] ?? (value === undefined ? 'bad:communication' : undefined)
    return [viewReading(device, point, { t, value, quality })]
  })
  const reason = outcome.text === undefined ? {} : { reason: outcome.text }
  return {
    ok: true,
    ...base,
    source: 'asked',
    tookMs: Math.round(tookMs),
    readings,
    ...(absent.length > 0 && { absent }),
    ...reason,
  }
}

/** A device that speaks by itself: what it said last. */
function heard(
  link: Link,
  view: Pick<Read, 'device' | 'profile' | 'link' | 'asOf' | 'readings'>,
  wanted: number,
): Read | Refusal {
  const { state, text, devices } = link.status()
  const status = devices.find(({ name }) => name === view.device)
  if (!status) return { ok: false, text: `${view.device} does not run; the log says why` }
  const lost = state === 'offline' ? (text ?? 'its link is down') : undefined
  const offline = lost ?? (status.state === 'offline' ? status.lastError : undefined)
  if (offline !== undefined) return { ok: true, ...view, source: 'heard', isOffline: true, reason: offline }
  const missing = wanted - view.readings.length
  const silent = missing === 0 ? undefined : `${missing} of ${wanted} points have said nothing yet`
  return { ok: true, ...view, source: 'heard', ...(silent !== undefined && { reason: silent }) }
}

/** Why there is no such device. */
export function unknownDevice(name: string, { devices }: AgentConfig, broken: readonly BrokenView[]): string {
  const wrong = broken.find(({ device }) => device === name)
  if (wrong) return `${name} does not run, its configuration is wrong: ${wrong.reason}`
  return `the running agent has no device ${name}; ${suggest(name, [...devices.keys()])}`
}

function unknownPoint(point: string, device: DeviceConfig): string {
  if (device.profile.points.has(point)) return `${point} of ${device.name} is off; remove points: { ${point}: off }`
  return `${device.name} (${device.profile.profile}) has no point ${point}; ${suggest(point, [...device.points.keys()])}`
}
