import type { Value } from '@lineside/contract'
import {
  compileSparkplug,
  type Decoded,
  decodePayload,
  type EncodedMessage,
  type SparkplugPlace,
  type SparkplugProfile,
  SparkplugNodeState,
  SparkplugSpeaker,
  parseSparkplugTopic,
  sparkplugTopic,
} from '@lineside/device-profiles'
import { DistinctTuples } from '../ledger/distinct.ts'
import type { PlantDevice } from '../plant/plant.ts'
import { attempt, paramsOf, shortened } from './encoding.ts'
import type { MqttDevice } from './mqtt-device.ts'
import { type PlayOptions, pointSources } from './point-sources.ts'

/**
 * An edge node with one device: births when it is connected or asked for them, data by alias, a death as its will. Throws
 * ProfileError `unknown_param`. `now` gives UTC milliseconds.
 */
export function sparkplugDevice(
  device: PlantDevice,
  profile: SparkplugProfile,
  place: SparkplugPlace,
  now: () => number,
  options: PlayOptions,
): MqttDevice {
  const params = paramsOf(profile, device.params)
  const speaker = new SparkplugSpeaker(profile, place, params)
  const reader = compileSparkplug(profile, params)
  // What the agent makes of a message, by a second pair of ears that misses nothing.
  const state = new SparkplugNodeState()
  const hear = ({ topic, payload }: EncodedMessage): Decoded | undefined => {
    const parsed = parseSparkplugTopic(topic)
    const decoded = decodePayload(payload)
    if (!parsed || !decoded.ok) return undefined
    const { metrics } = state.receive(parsed.type, parsed.device, decoded.payload)
    return reader.read(metrics, decoded.payload.timestamp)[0]
  }
  const says = (name: string, value: Value) => {
    const point = profile.points.get(name)
    if (point === undefined) return undefined
    // A speaker of its own: trying a value out is nothing that the node says.
    const trial = new SparkplugSpeaker(profile, place, params)
    return attempt(() => heardAlone(profile, params, trial, { [name]: shortened(point, value) })?.values[name])
  }
  const sources = pointSources(device, says, options)
  const points = [...profile.points.keys()].map(name => ({
    name,
    waveform: sources.points.get(name) ?? (() => 0),
    quantise: (value: Value) => says(name, value),
  }))
  const births = () => {
    const messages = speaker.births(now())
    for (const message of messages) hear(message)
    return messages
  }
  return {
    name: device.name,
    everyMs: device.everyMs,
    messages: [
      {
        device: device.name,
        points,
        distinct: new DistinctTuples(points.map(point => point.quantise)),
        encode: values => speaker.data(now(), values),
        decode: hear,
      },
    ],
    availability: available => (available ? births() : [speaker.death(now())]),
    will: () => speaker.begin(now()),
    asked: sparkplugTopic('NCMD', place),
    sources,
  }
}

function heardAlone(
  profile: SparkplugProfile,
  params: Readonly<Record<string, number | string>>,
  speaker: SparkplugSpeaker,
  values: Readonly<Record<string, Value>>,
): Decoded | undefined {
  const t = 1_763_700_000_000
  const state = new SparkplugNodeState()
  const reader = compileSparkplug(profile, params)
  let last: Decoded | undefined
  for (const { topic, payload } of [...speaker.births(t), speaker.data(t, values)]) {
    const parsed = parseSparkplugTopic(topic)
    const decoded = decodePayload(payload)
    if (!parsed || !decoded.ok) continue
    const { metrics } = state.receive(parsed.type, parsed.device, decoded.payload)
    last = reader.read(metrics, t)[0]
  }
  return last
}
