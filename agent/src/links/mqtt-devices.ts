import type { Timer } from '@lineside/contract'
import { type CompiledMqtt, compileMqtt, topicMatches } from '@lineside/device-profiles'
import type { DeviceConfig } from '../config/types.ts'
import type { DeviceStatus } from '../poll/status.ts'
import { dropSilent } from '../poll/silence.ts'
import { Talker } from '../poll/talker.ts'
import { compileEach, wrongProtocol } from './compile-each.ts'
import type { LinkContext, Settle } from '../intake.ts'

interface Listener {
  readonly compiled: CompiledMqtt
  readonly talker: Talker
}

/** The devices behind a broker: hands each message to those whose topics it is on. */
export interface MqttDevices {
  /**
   * `settle` is called once all that came of the message is stored, at once where nothing did. False: it is on no
   * device's topic.
   */
  message(topic: string, payload: Uint8Array, retained: boolean, settle?: Settle): boolean
  /** Topic filters of all devices, each once. */
  readonly filters: readonly string[]
  /** Those of them on which devices say whether they are there. */
  readonly stateFilters: readonly string[]
  /** The broker does not let us have these messages: whose they are is not there. */
  refused(filter: string, reason: string): void
  /** Begins to watch for silence. */
  start(): void
  stop(): void
  status(): DeviceStatus[]
}

/** Topics whose devices are remembered; when there are more it starts again from empty. */
const maxRoutes = 10_000
/** How often silence is looked for, ms. */
const lookEveryMs = 1000

/** `whyNot` says why nothing can come at all; undefined while the way to the devices is open. */
export function createMqttDevices(
  devices: readonly DeviceConfig[],
  context: LinkContext,
  whyNot: () => string | undefined,
): MqttDevices {
  const listeners = compileEach(devices, context, (device): Listener | string => {
    const { profile, params, topic } = device
    if (profile.protocol !== 'mqtt') return wrongProtocol(device)
    if (topic === undefined) return `a device of ${profile.profile} needs topic: ${profile.topic.description}`
    // One that speaks when something changes may be silent for ever, unless somebody said how often it speaks.
    const silentAfterMs = device.silentAfterMs ?? Number.POSITIVE_INFINITY
    const talker = new Talker({ name: device.name, points: new Set(device.points.keys()), silentAfterMs, context })
    return { compiled: compileMqtt(profile, { topic, params }), talker }
  })
  const route = createRouter(listeners)
  const watched = listeners.map(l => l.talker).filter(talker => Number.isFinite(talker.silentAfterMs))
  let timer: Timer | undefined
  const look = () => {
    dropSilent(watched, context.clock.monotonic(), whyNot())
    timer = context.clock.after(lookEveryMs, look)
  }
  return {
    filters: [...new Set(listeners.flatMap(l => l.compiled.filters))],
    stateFilters: [...new Set(listeners.flatMap(l => l.compiled.stateFilters))],
    status: () => listeners.map(l => l.talker.status()),
    refused(filter, reason) {
      for (const { compiled, talker } of listeners) if (compiled.filters.includes(filter)) talker.gone(reason)
    },
    start() {
      if (watched.length > 0) timer ??= context.clock.after(lookEveryMs, look)
    },
    stop: () => timer?.cancel(),
    message(topic, payload, retained, settle) {
      let open = 1
      let failed: Error | undefined
      const settleOne: Settle | undefined =
        settle &&
        (error => {
          failed ??= error
          if (--open === 0) settle(failed)
        })
      const concerned = route(topic)
      for (const { compiled, talker } of concerned) {
        const decoded = compiled.map(topic, payload, { retained })
        if (!decoded) continue
        if (!decoded.ok) talker.damaged(decoded.text)
        else {
          open++
          talker.heard(decoded, settleOne, retained)
        }
      }
      settleOne?.()
      return concerned.length > 0
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
