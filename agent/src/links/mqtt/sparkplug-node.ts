import {
  type CompiledSparkplug,
  decodePayload,
  encodeRebirth,
  nodeFilters,
  parseSparkplugTopic,
  SparkplugNodeState,
  type SparkplugPlace,
} from '@lineside/device-profiles'
import type { LinkContext } from '../../intake.ts'
import type { Talker } from '../../poll/talker.ts'
import type { Link } from '../link.ts'
import type { MqttListener } from './listener.ts'
import { RebirthRequests } from './rebirth-requests.ts'

/** A configured device of an edge node, or the node itself where `device` is absent. */
export interface SparkplugDevice {
  readonly device: string | undefined
  readonly compiled: CompiledSparkplug
  readonly talker: Talker
}

/** Births of many nodes are asked for within this time after a connection, ms. */
const spreadMs = 2000

/**
 * One Sparkplug B edge node with those of its devices that are configured. Births tell what aliases stand for; while
 * one may have been missed aliases are not believed and births are asked for.
 */
export function createSparkplugNode(
  place: SparkplugPlace,
  devices: readonly SparkplugDevice[],
  { clock, random, log }: LinkContext,
  publish: NonNullable<Link['publish']>,
): MqttListener {
  const state = new SparkplugNodeState()
  const { group, node } = place
  const requests = new RebirthRequests(clock, random, reason => {
    log.info({ group, node, reason }, 'births of a Sparkplug node asked for')
    const { topic, payload } = encodeRebirth(place, clock.now())
    void publish(topic, payload)
  })
  const filters = nodeFilters(place)

  return {
    filters,
    // Births and deaths are never retained.
    stateFilters: [],
    talkers: devices.map(({ talker }) => talker),
    opened() {
      state.lost()
      requests.ask('connected', spreadMs)
    },
    stop: () => requests.stop(),
    message(topic, bytes, retained, part) {
      const parsed = parseSparkplugTopic(topic)
      if (!parsed) return
      const concerned = devices.filter(({ device }) => device === parsed.device)
      const decoded = decodePayload(bytes)
      if (!decoded.ok || retained) {
        const why = decoded.ok ? `a retained ${parsed.type} says nothing of now` : decoded.text
        for (const { talker } of concerned) talker.damaged(why)
        return
      }
      const { type } = parsed
      const outcome = state.receive(type, parsed.device, decoded.payload)
      if (type === 'NBIRTH') requests.born()
      if (outcome.rebirth !== undefined) requests.ask(outcome.rebirth)
      if (outcome.state === 'dead') {
        const gone = type === 'NDEATH' ? devices : concerned
        for (const { talker } of gone)
          talker.gone(type === 'NDEATH' ? `node ${node} died` : `node ${node} lost the device`)
        return
      }
      for (const { compiled, talker } of concerned) {
        if (outcome.ignored !== undefined) talker.damaged(outcome.ignored)
        const all = compiled.read(outcome.metrics, decoded.payload.timestamp)
        if (all.length === 0 && outcome.state === 'born') talker.heard({ ok: true, values: {} }, 'current')
        for (const readings of all) {
          if (readings.unreadable !== undefined) talker.damaged(readings.unreadable)
          talker.heard(readings, readings.historical ? 'historical' : 'current', part())
        }
      }
    },
  }
}
