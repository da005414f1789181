import type { Decoded, Refused } from '../decoded.ts'
import { ProfileError } from '../error.ts'
import type { Params } from '../values/point.ts'
import type { SerialProfile } from './profile.ts'

/** One question, ready to send. */
export interface SerialRequest {
  readonly name: string
  readonly bytes: Uint8Array
  readonly timeoutMs: number
  readonly everyMs?: number
}

/** A profile made ready for one device. */
export interface CompiledSerial {
  /** In the order of the profile; none: the device talks by itself. */
  readonly requests: readonly SerialRequest[]
  /**
   * What a frame (without terminator) says; undefined: sound, but of no interest, so neither an error nor an answer.
   * `request` is the name of the request that waits: its answers are tried first.
   */
  decode(frame: Uint8Array | string, request?: string): Decoded | Refused | undefined
}

/** Throws ProfileError (`unknown_param`) where a param has neither a value nor a default. */
export function compileSerial(_profile: SerialProfile, _device: { readonly params: Params }): CompiledSerial {
  throw new ProfileError('unknown_param', 'not written yet', 'wait')
}
