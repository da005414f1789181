import type { Decoded } from '../decoded.ts'

export interface SerialDecoded extends Decoded {
  /** Name of the message; where a request waits, its `answers` say whether this is one. */
  readonly message: string
}
