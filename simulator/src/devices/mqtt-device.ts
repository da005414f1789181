import type { Value } from '@lineside/contract'
import {
  compileMqtt,
  type EncodedMessage,
  encodeAvailability,
  encodeMqttMessages,
  type MqttPoint,
  type MqttProfile,
  quantise,
} from '@lineside/device-profiles'
import { DistinctTuples } from '../ledger/distinct.ts'
import type { PlantDevice } from '../plant/plant.ts'
import { attempt, paramsOf, shortened } from './encoding.ts'
import { type PlayOptions, type PointSources, pointSources } from './point-sources.ts'
import type { TextMessage } from './text-message.ts'

/** What a device publishes. */
export interface MqttDevice {
  readonly name: string
  readonly everyMs: number
  readonly messages: readonly TextMessage<EncodedMessage>[]
  /** Its own word on whether it is there; empty where the profile has none. */
  availability(available: boolean): readonly EncodedMessage[]
  /** What the broker says for it when the next connection breaks. */
  will(): EncodedMessage | undefined
  /** Topic on which it is asked to say anew that it is there. */
  readonly asked?: string
  readonly sources: PointSources
}

/** Throws ProfileError `unknown_param`. `now` gives UTC milliseconds, for profiles with a source time. */
export function mqttDevice(
  device: PlantDevice,
  profile: MqttProfile,
  now: () => number,
  options: PlayOptions,
): MqttDevice {
  const params = { ...paramsOf(profile, device.params), topic: device.topic }
  const owner = { topic: device.topic, params }
  const compiled = compileMqtt(profile, owner)
  const says = (name: string, value: Value) => {
    const point = profile.points.get(name)
    if (point === undefined) return undefined
    const unit = unitOf(point)
    return attempt(() => quantise(point, shortened(point, value), { params, ...(unit === undefined ? {} : { unit }) }))
  }
  const sources = pointSources(device, says, options)
  const messages = [...profile.messages.keys()]
    .filter(name => device.messages?.includes(name) ?? true)
    .flatMap((name): TextMessage<EncodedMessage>[] => {
      const points = [...profile.points.values()]
        .filter(point => point.from[0]?.message === name)
        .map(point => ({
          name: point.name,
          waveform: sources.points.get(point.name) ?? (() => 0),
          quantise: (value: Value) => says(point.name, value),
        }))
      if (points.length === 0) return []
      return [
        {
          device: device.name,
          points,
          distinct: new DistinctTuples(points.map(point => point.quantise)),
          encode: values => encodeMqttMessages(profile, { ...owner, t: now() }, values)[0],
          decode: ({ topic, payload }) => compiled.map(topic, payload, { retained: false }),
        },
      ]
    })
  return {
    name: device.name,
    everyMs: device.everyMs,
    messages,
    availability: available => encodeAvailability(profile, owner, available),
    will: () => encodeAvailability(profile, owner, false)[0],
    sources,
  }
}

function unitOf(point: MqttPoint): string | undefined {
  return point.from[0]?.unit === undefined ? undefined : [...point.units.keys()][0]
}
