import type { Quality, Value } from '@lineside/contract'
import { ProfileError } from '../error.ts'
import type { Params } from '../values/point.ts'
import type { SerialProfile } from './profile.ts'

export interface SerialEncodeOptions {
  /** Picks the first status text with this quality; default: good. A bad one leaves the values out where the layout lets it. */
  readonly quality?: 'good' | Quality
  /** Point → unit text as the device writes it; default: the first of the point's units. */
  readonly units?: Readonly<Record<string, string>>
  readonly params?: Params
}

/**
 * One message as the device would send it, with checksum, marks and terminator. Points that are not given are empty.
 * Throws ProfileError: `unknown_point` (the message has no such point), `not_encodable` (the value doesn't fit).
 */
export function encodeSerialMessage(
  _profile: SerialProfile,
  _message: string,
  _values: Readonly<Record<string, Value>>,
  _options: SerialEncodeOptions = {},
): Uint8Array {
  throw new ProfileError('not_encodable', 'not written yet', 'wait')
}
