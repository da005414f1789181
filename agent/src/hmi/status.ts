import type { BufferStats } from '../buffer/api.ts'
import type { AgentConfig, DeviceConfig } from '../config/types.ts'
import type { LinkStatus } from '../links/link.ts'
import type { UplinkStatus } from '../uplink/api.ts'
import type { LiveReading, LiveValues } from './live-values.ts'
import type { BufferView, DeviceView, LinkView, ReadingView, UplinkView } from './view.ts'

/** Each configured device with its state and newest readings, in the order of the configuration. */
export function viewDevices(config: AgentConfig, links: readonly LinkStatus[], live: LiveValues): DeviceView[] {
  const states = new Map(links.flatMap(link => link.devices.map(device => [device.name, device] as const)))
  return [...config.devices.values()].map(device => {
    const known = states.get(device.name)
    const base = { name: device.name, profile: device.profile.profile, link: device.link }
    if (!known) return { ...base, state: 'misconfigured', reason: 'see the log', readings: [] }
    const readings = viewReadings(device, live)
    const state = known.state === 'starting' ? 'waiting' : known.state
    if (state === 'offline') return { ...base, state, reason: known.lastError ?? 'no answer', readings }
    const bad = readings.filter(reading => reading.quality?.startsWith('bad:'))
    if (state !== 'online' || bad.length === 0) return { ...base, state, readings }
    return { ...base, state: 'degraded', reason: badReason(device, bad, readings.length), readings }
  })
}

export function viewLink({ name, kind, state, text }: LinkStatus): LinkView {
  return { name, kind, state, ...(text !== undefined && { reason: text }) }
}

/** A device that the configuration has wrong, with what is wrong. */
export interface BrokenView {
  readonly device: string
  readonly reason: string
}

export function viewBroken({ device, reason }: BrokenView): DeviceView {
  return { name: device, profile: '', link: '', state: 'misconfigured', reason, readings: [] }
}

/** Nothing readable at all usually means that another device answers than the profile is for. */
function badReason({ profile, unitId }: DeviceConfig, bad: readonly ReadingView[], all: number): string {
  const [first] = bad
  const example = `${first?.point} is ${first?.quality}`
  if (bad.length < all) return `${bad.length} of ${all} points are bad, ${example}`
  const where = profile.protocol === 'modbus' ? ` with unit id ${unitId}` : ''
  return `it answers, but none of its points can be read (${example}); is it a ${profile.model}${where}?`
}

/** The newest readings of these points, without those that have said nothing yet. */
export function viewReadings(
  device: DeviceConfig,
  live: LiveValues,
  points: Iterable<string> = device.points.keys(),
): ReadingView[] {
  const newest = live.of(device.name)
  return [...points].flatMap(point => {
    const reading = newest.get(point)
    return reading ? [viewReading(device, point, reading)] : []
  })
}

export function viewReading(device: DeviceConfig, point: string, { t, value, quality }: LiveReading): ReadingView {
  const unit = device.profile.points.get(point)?.unit
  return {
    point,
    t,
    ...(value !== undefined && { value }),
    ...(unit !== undefined && { unit }),
    ...(quality !== undefined && { quality }),
  }
}

export function viewBuffer(stats: BufferStats, nowMs: number): BufferView {
  return {
    waitingBatches: stats.waiting.batches,
    waitingReadings: stats.waiting.readings,
    waitingBytes: stats.waiting.bytes,
    ...(stats.oldestMs !== undefined && { oldestAgeMs: Math.max(0, nowMs - stats.oldestMs) }),
    committedReadings: stats.committed.readings,
    evictedReadings: stats.evicted.readings,
    ...(stats.state === 'failing' && { failing: stats.reason ?? 'no reason given' }),
  }
}

export function viewUplink(status: UplinkStatus | undefined): UplinkView {
  if (!status) return { state: 'off', sentBytes: 0 }
  return {
    state: status.state === 'stopped' ? 'off' : status.state,
    ...(status.reason !== undefined && { reason: status.reason }),
    ...(status.nextTryMs !== undefined && { nextTryMs: status.nextTryMs }),
    ...(status.lastReceiptMs !== undefined && { lastReceiptAt: status.lastReceiptMs }),
    sentBytes: status.sentBytes,
  }
}
