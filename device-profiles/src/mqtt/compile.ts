import type { Decoded, Refused } from '../decoded.ts'
import { ProfileError } from '../error.ts'
import type { Params } from '../values/point.ts'
import type { MqttProfile } from './profile.ts'

/** What the device's owner wrote: the text for `{topic}`, and params. */
export interface MqttDevice {
  readonly topic: string
  readonly params: Params
}

/** A profile made ready for one device. */
export interface CompiledMqtt {
  /** Topic filters to subscribe to, each once. */
  readonly filters: readonly string[]
  /**
   * What a message says; undefined: it is not this device's, or none that the profile reads.
   * `values` may be empty where a message of the device brought none of its points: a sign of life.
   */
  map(topic: string, payload: Uint8Array, message: { readonly retained: boolean }): Decoded | Refused | undefined
}

/** Throws ProfileError (`unknown_param`) where a param has neither a value nor a default. */
export function compileMqtt(_profile: MqttProfile, _device: MqttDevice): CompiledMqtt {
  throw new ProfileError('unknown_param', 'not written yet', 'wait')
}

/** Topic filters of one device, each once. */
export function subscriptions(profile: MqttProfile, device: MqttDevice): readonly string[] {
  return compileMqtt(profile, device).filters
}
