import { describeDevice } from '../describe.ts'
import { unknownDevice } from './read-device.ts'
import type { ViewSources } from './sources.ts'
import type { Refusal } from '../control/answers.ts'
import type { SamplesView } from '../control/view.ts'

/** Lets somebody look on. Refused for a device that isn't there, and where as many look on already as may. */
export function listen(sources: ViewSources, names: readonly string[], wake: () => void): SamplesView | Refusal {
  const { config, broken, clock, feed } = sources
  const stranger = names.find(name => !config.devices.has(name))
  if (stranger !== undefined) return { ok: false, text: unknownDevice(stranger, config, broken) }
  const wanted = new Set(names)
  const listener = feed.listen(wanted, wake)
  if (!listener) return { ok: false, text: `${feed.counters().listeners} look on already; end one of them` }
  const devices = [...config.devices.values()].filter(({ name }) => wanted.size === 0 || wanted.has(name))
  return { ok: true, about: devices.map(device => describeDevice(device, clock.now())), listener }
}
