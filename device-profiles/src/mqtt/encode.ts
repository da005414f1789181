import type { Value } from '@lineside/contract'
import { ProfileError } from '../error.ts'
import type { MqttDevice } from './compile.ts'
import type { MqttProfile } from './profile.ts'

export interface EncodedMessage {
  readonly topic: string
  readonly payload: Uint8Array
  readonly retain: boolean
}

/**
 * The messages that bring these values, as the device would send them; only what is given is in them. A point that
 * several messages bring goes into the first. `t` (UTC ms) is written where the profile has a source time.
 * Throws ProfileError: `unknown_point`, `not_encodable`.
 */
export function encodeMqttMessages(
  _profile: MqttProfile,
  _device: MqttDevice & { readonly t?: number },
  _values: Readonly<Record<string, Value>>,
): readonly EncodedMessage[] {
  throw new ProfileError('not_encodable', 'not written yet', 'wait')
}

/** The device's own word on whether it is there; empty where the profile has none. */
export function encodeAvailability(
  _profile: MqttProfile,
  _device: MqttDevice,
  _available: boolean,
): readonly EncodedMessage[] {
  throw new ProfileError('not_encodable', 'not written yet', 'wait')
}
