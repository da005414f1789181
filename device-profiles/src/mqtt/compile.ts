import type { Decoded, Refused } from '../decoded.ts'
import type { Params } from '../values/point.ts'
import { fillParams, withDefaults } from '../values/scaling.ts'
import { type MessageReader, messageReader, type Payload } from './message-reader.ts'
import type { MqttProfile } from './profile.ts'
import { readText } from './read-payload.ts'
import { topicMatches } from './topic-matches.ts'

/** What the device's owner wrote: the text for `{topic}`, and params. */
export interface MqttDevice {
  readonly topic: string
  readonly params: Params
}

/** A profile made ready for one device. */
export interface CompiledMqtt {
  /** Topic filters to subscribe to, each once. */
  readonly filters: readonly string[]
  /** Those of them on which the device says whether it is there. */
  readonly stateFilters: readonly string[]
  /**
   * What a message says; undefined: it is not this device's, or none that the profile reads.
   * `values` may be empty where a message of the device brought none of its points: a sign of life.
   */
  map(topic: string, payload: Uint8Array, message: { readonly retained: boolean }): Decoded | Refused | undefined
}

/** A device's params with `{topic}` and the profile's defaults among them. */
export function mqttParams(profile: MqttProfile, device: MqttDevice): Params {
  return { ...withDefaults(profile.params, device.params), topic: device.topic }
}

/** Throws ProfileError (`unknown_param`) where a param has neither a value nor a default. */
export function compileMqtt(profile: MqttProfile, device: MqttDevice): CompiledMqtt {
  const params = mqttParams(profile, device)
  const readers = new Map<string, MessageReader[]>()
  const stateFilters = new Set<string>()
  for (const message of profile.messages.values()) {
    const filter = fillParams(message.topic, params)
    if (message.available !== undefined) stateFilters.add(filter)
    const sharing = readers.get(filter) ?? []
    sharing.push(messageReader(profile, message, params))
    readers.set(filter, sharing)
  }
  const wild = [...readers].filter(([filter]) => /[+#]/.test(filter))

  const readersOf = (topic: string): readonly MessageReader[] => {
    const exact = readers.get(topic) ?? []
    if (wild.length === 0) return exact
    return [...exact, ...wild.flatMap(([filter, list]) => (topicMatches(filter, topic) ? list : []))]
  }

  return {
    filters: [...readers.keys()],
    stateFilters: [...stateFilters],
    map(topic, bytes, { retained }) {
      const candidates = readersOf(topic)
      // An empty payload clears what the broker keeps.
      if (candidates.length === 0 || bytes.length === 0) return undefined
      const text = readText(bytes)
      return text.ok ? firstFit(candidates, { text: text.value, retained }) : text
    },
  }
}

/** A message that is refused by all who know it is malformed; one that is just another kind is not. */
function firstFit(candidates: readonly MessageReader[], payload: Payload): Decoded | Refused | undefined {
  let refused: Refused | undefined
  let other = false
  for (const read of candidates) {
    const outcome = read(payload)
    if (outcome === 'other') other = true
    else if (outcome.ok) return outcome
    else refused ??= outcome
  }
  return other ? undefined : refused
}

/** Topic filters of one device, each once. */
export function subscriptions(profile: MqttProfile, device: MqttDevice): readonly string[] {
  const params = mqttParams(profile, device)
  return [...new Set([...profile.messages.values()].map(message => fillParams(message.topic, params)))]
}
