import type { Value } from '@lineside/contract'
import type { Decoded, Refused } from '@lineside/device-profiles'
import type { DistinctTuples } from '../ledger/distinct.ts'
import type { DraftReply } from '../ledger/ledger.ts'
import type { Quantise } from '../ledger/nudge.ts'
import type { Waveform } from '../waveforms/waveform.ts'
import { attempt } from './encoding.ts'
import type { Playing } from './playing.ts'

export interface MessagePoint {
  readonly name: string
  readonly waveform: Waveform
  readonly quantise: Quantise
}

/** One kind of frame or message that a device sends. */
export interface TextMessage<Encoded> {
  readonly device: string
  readonly points: readonly MessagePoint[]
  readonly distinct: DistinctTuples
  /** Undefined: there is nothing to send. Throws ProfileError `not_encodable`. */
  encode(values: Readonly<Record<string, Value>>): Encoded | undefined
  /** What the agent makes of it. */
  decode(encoded: Encoded): Decoded | Refused | undefined
}

/** A message as it goes out, and what is to be noted when it is out. */
export interface MadeMessage<Encoded> {
  readonly encoded: Encoded
  /** One for each sample that the agent makes of it; empty where it stores nothing. */
  readonly drafts: readonly DraftReply[]
}

/**
 * The message of this moment; undefined where its values can't be written. A value outside the plausible range is sent
 * as it is; one that the point can't express at all is left out.
 */
export function makeMessage<Encoded>(
  message: TextMessage<Encoded>,
  playing: Playing,
): MadeMessage<Encoded> | undefined {
  const tMs = playing.elapsed()
  const wished = message.points.map(({ waveform }) => waveform(tMs))
  const quantised = message.points.map(({ quantise }, index) => quantise(wished[index] ?? 0))
  if (playing.ledger.isOn) message.distinct.make(quantised)
  const good: Record<string, Value> = {}
  const all: Record<string, Value> = {}
  for (const [index, { name }] of message.points.entries()) {
    const value = quantised[index]
    if (value !== undefined) good[name] = value
    all[name] = value ?? wished[index] ?? 0
  }
  const encoded = attempt(() => message.encode(all)) ?? attempt(() => message.encode(good))
  if (encoded === undefined) return undefined
  const decoded = message.decode(encoded)
  return { encoded, drafts: decoded?.ok === true ? draftsOf(message.device, playing.clock.now(), decoded) : [] }
}

function draftsOf(device: string, at: number, decoded: Decoded): readonly DraftReply[] {
  return [...(decoded.stamped ?? []), decoded].flatMap(({ values, quality }) => {
    if (Object.keys(values).length === 0 && quality === undefined) return []
    return [{ device, at, points: values, ...(quality === undefined ? {} : { quality }) }]
  })
}
