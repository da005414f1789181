import { type CompiledMqtt, compileMqtt, topicMatches } from '@lineside/device-profiles'
import type { DeviceConfig } from '../config/types.ts'
import { Talker } from '../poll/talker.ts'
import { compileEach, wrongProtocol } from './compile-each.ts'
import type { LinkContext, Settle } from '../intake.ts'
import type { DeviceStatus } from '../poll/status.ts'

interface Listener {
  readonly compiled: CompiledMqtt
  readonly talker: Talker
}

/** The devices behind a broker: hands each message to those whose topics it is on. */
export interface MqttDevices {
  /** `settle` is called once all that came of the message is stored, at once where nothing did. */
  message(topic: string, payload: Uint8Array, retained: boolean, settle?: Settle): void
  /** Topic filters of all devices, each once. */
  readonly filters: readonly string[]
  status(): DeviceStatus[]
}

/** Topics whose devices are remembered; when there are more it starts again from empty. */
const maxRoutes = 10_000

export function createMqttDevices(devices: readonly DeviceConfig[], context: LinkContext): MqttDevices {
  const listeners = compileEach(devices, context, (device): Listener | string => {
    const { profile, params, topic } = device
    if (profile.protocol !== 'mqtt') return wrongProtocol(device)
    if (topic === undefined) return `a device of ${profile.profile} needs topic: ${profile.topic.description}`
    // Nobody knows how often a device speaks that speaks when something changes: only it says that it is offline.
    const silentAfterMs = Number.POSITIVE_INFINITY
    const talker = new Talker({ name: device.name, points: new Set(device.points.keys()), silentAfterMs, context })
    return { compiled: compileMqtt(profile, { topic, params }), talker }
  })
  const filters = [...new Set(listeners.flatMap(l => l.compiled.filters))]
  const route = createRouter(listeners)
  return {
    filters,
    status: () => listeners.map(l => l.talker.status()),
    message(topic, payload, retained, settle) {
      let open = 1
      let failed: Error | undefined
      const settleOne: Settle | undefined =
        settle &&
        (error => {
          failed ??= error
          if (--open === 0) settle(failed)
        })
      for (const { compiled, talker } of route(topic)) {
        const decoded = compiled.map(topic, payload, { retained })
        if (!decoded) continue
        if (!decoded.ok) talker.damaged(decoded.text)
        else {
          open++
          talker.heard(decoded, settleOne)
        }
      }
      settleOne?.()
    },
  }
}

/** Which listeners a topic concerns, remembered by topic. */
function createRouter(listeners: readonly Listener[]): (topic: string) => readonly Listener[] {
  const routes = new Map<string, readonly Listener[]>()
  return topic => {
    let route = routes.get(topic)
    if (!route) {
      route = listeners.filter(l => l.compiled.filters.some(filter => topicMatches(filter, topic)))
      if (routes.size >= maxRoutes) routes.clear()
      routes.set(topic, route)
    }
    return route
  }
}
