import type { Refused } from '../decoded.ts'
import type { CompiledSerial } from './compile.ts'
import type { SerialDecoded } from './decoded.ts'
import { createFramer } from './create-framer.ts'
import type { Frame } from './frame.ts'
import type { Framing } from './profile.ts'

/** Bytes that make no frame. */
export type Loss = Extract<Frame, { readonly kind: 'lost' }>

/** What each frame means in bytes that begin with one: the first line is kept. */
export function decodeWhole(
  framing: Framing,
  compiled: CompiledSerial,
  bytes: Uint8Array,
): readonly (SerialDecoded | Refused | Loss | undefined)[] {
  const whole = framing.kind === 'lines' ? { ...framing, first: 'keep' as const } : framing
  return createFramer(whole)
    .push(bytes)
    .map(frame => (frame.kind === 'frame' ? compiled.decode(frame.bytes) : frame))
}

export function isLoss(outcome: SerialDecoded | Refused | Loss | undefined): outcome is Loss {
  return outcome !== undefined && 'kind' in outcome
}
