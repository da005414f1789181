import type { Timer } from '@lineside/contract'
import { compileSparkplug, type SparkplugPlace, topicMatches } from '@lineside/device-profiles'
import type { DeviceConfig } from '../../config/types.ts'
import type { DeviceStatus } from '../../poll/status.ts'
import { dropSilent } from '../../poll/silence.ts'
import { Talker } from '../../poll/talker.ts'
import { compileEach, wrongProtocol } from '../compile-each.ts'
import type { LinkContext, Settle } from '../../intake.ts'
import type { Link } from '../link.ts'
import { createMqttDevice } from './device.ts'
import type { MqttListener } from './listener.ts'
import { createSparkplugNode, type SparkplugDevice } from './sparkplug-node.ts'

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
  /** Messages come (again); some may have been missed. */
  opened(): void
  /** Begins to watch for silence. */
  start(): void
  stop(): void
  status(): DeviceStatus[]
}

export interface MqttDevicesOptions {
  readonly context: LinkContext
  /** Why nothing can come at all; undefined while the way to the devices is open. */
  readonly whyNot: () => string | undefined
  readonly publish: NonNullable<Link['publish']>
}

/** Topics whose devices are remembered; when there are more it starts again from empty. */
const maxRoutes = 10_000
/** How often silence is looked for, ms. */
const lookEveryMs = 1000

export function createMqttDevices(devices: readonly DeviceConfig[], options: MqttDevicesOptions): MqttDevices {
  const { context, whyNot } = options
  const listeners = createListeners(devices, options)
  const route = createRouter(listeners)
  const talkers = listeners.flatMap(l => l.talkers)
  const watched = talkers.filter(talker => Number.isFinite(talker.silentAfterMs))
  let timer: Timer | undefined
  const look = () => {
    dropSilent(watched, context.clock.monotonic(), whyNot())
    timer = context.clock.after(lookEveryMs, look)
  }
  return {
    filters: [...new Set(listeners.flatMap(l => l.filters))],
    stateFilters: [...new Set(listeners.flatMap(l => l.stateFilters))],
    status: () => talkers.map(talker => talker.status()),
    refused(filter, reason) {
      for (const listener of listeners) {
        if (listener.filters.includes(filter)) for (const talker of listener.talkers) talker.gone(reason)
      }
    },
    opened() {
      for (const listener of listeners) listener.opened?.()
    },
    start() {
      if (watched.length > 0) timer ??= context.clock.after(lookEveryMs, look)
    },
    stop() {
      timer?.cancel()
      for (const listener of listeners) listener.stop?.()
    },
    message(topic, payload, retained, settle) {
      const concerned = route(topic)
      const part = settle && settleWhole(settle)
      const all = part?.()
      for (const listener of concerned) listener.message(topic, payload, retained, () => part?.())
      all?.()
      return concerned.length > 0
    },
  }
}

/** Gives one settle for each part of something, and calls back when all that were given are called. */
function settleWhole(settle: Settle): () => Settle {
  let open = 0
  let failed: Error | undefined
  return () => {
    open++
    return error => {
      failed ??= error
      if (--open === 0) settle(failed)
    }
  }
}

function createListeners(devices: readonly DeviceConfig[], options: MqttDevicesOptions): readonly MqttListener[] {
  const { context, publish } = options
  const nodes = new Map<string, { readonly place: SparkplugPlace; readonly devices: SparkplugDevice[] }>()
  const own = compileEach(devices, context, (device): readonly MqttListener[] | string => {
    const { profile, params, sparkplug: place } = device
    if (profile.protocol !== 'mqtt' && profile.protocol !== 'sparkplug') return wrongProtocol(device)
    // One that speaks when something changes may be silent for ever, unless somebody said how often it speaks.
    const silentAfterMs = device.silentAfterMs ?? Number.POSITIVE_INFINITY
    const talker = new Talker({ name: device.name, points: new Set(device.points.keys()), silentAfterMs, context })
    if (profile.protocol === 'mqtt') {
      const listener = createMqttDevice(device, profile, talker)
      return typeof listener === 'string' ? listener : [listener]
    }
    if (place === undefined) return `a device of ${profile.profile} needs sparkplug: with group and node`
    const compiled = compileSparkplug(profile, params)
    const key = `${place.group}/${place.node}`
    const node = nodes.get(key) ?? { place: { group: place.group, node: place.node }, devices: [] }
    nodes.set(key, node)
    node.devices.push({ device: place.device, compiled, talker })
    return []
  })
  const edges = [...nodes.values()].map(node => createSparkplugNode(node.place, node.devices, context, publish))
  return [...own.flat(), ...edges]
}

/** Which listeners a topic concerns, remembered by topic. */
function createRouter(listeners: readonly MqttListener[]): (topic: string) => readonly MqttListener[] {
  const routes = new Map<string, readonly MqttListener[]>()
  return topic => {
    let route = routes.get(topic)
    if (!route) {
      route = listeners.filter(l => l.filters.some(filter => topicMatches(filter, topic)))
      if (routes.size >= maxRoutes) routes.clear()
      routes.set(topic, route)
    }
    return route
  }
}
