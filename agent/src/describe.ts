import type { DeviceEntry } from '@lineside/contract'
import type { DeviceConfig } from './config/types.ts'

/** What the cloud is told of a device at the start of each stream. */
export function describeDevice(device: DeviceConfig, t: number): DeviceEntry {
  const points = [...device.points.keys()].map(name => {
    const point = device.profile.points.get(name)
    const unit = point?.unit === undefined ? {} : { unit: point.unit }
    const counter = point?.counter === true ? { counter: true as const } : {}
    return [name, { type: point?.type ?? 'unknown', ...unit, ...counter }] as const
  })
  return {
    k: 'device',
    t,
    device: device.name,
    profile: device.profile.profile,
    version: device.profile.version,
    tags: device.tags,
    points: Object.fromEntries(points),
  }
}
