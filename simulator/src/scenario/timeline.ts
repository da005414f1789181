import type { Value } from '@lineside/contract'
import { noise } from '../waveforms/noise.ts'
import { toNumber, type Waveform } from '../waveforms/waveform.ts'

/** What may happen to a point, or to a device's answering. */
export type Happening =
  | { readonly kind: 'set'; readonly value: Value }
  | { readonly kind: 'ramp'; readonly to: number; readonly overMs: number }
  /** Standard deviation, on top of the point's waveform. */
  | { readonly kind: 'noise'; readonly spread: number }
  | { readonly kind: 'stuck' }
  | { readonly kind: 'resume' }

export interface TimelineEvent {
  readonly atMs: number
  /** Happens again each time this has passed. */
  readonly everyMs?: number
  /** Ends by itself after this; it lasts otherwise. */
  readonly forMs?: number
  readonly happening: Happening
}

interface Segment {
  readonly fromMs: number
  readonly waveform: Waveform
}

/** Segments that are remembered; what lies before them is answered from the oldest one. */
const mostSegments = 1_000

/**
 * A waveform to which things happen. What happens begins at its exact time from the value the point had then, so the
 * values depend on the times asked for in no way, as long as these rise or lie a bounded lag back.
 */
export function timeline(base: Waveform, events: readonly TimelineEvent[], seed: number): Waveform {
  if (events.length === 0) return base
  const due = events.map(event => ({ event, atMs: event.atMs }))
  let endsMs = Number.POSITIVE_INFINITY
  const segments: Segment[] = [{ fromMs: Number.NEGATIVE_INFINITY, waveform: base }]

  const valueAt = (tMs: number): Value => {
    for (let i = segments.length - 1; i >= 0; i--) {
      const segment = segments[i]
      if (segment && (segment.fromMs <= tMs || i === 0)) return segment.waveform(tMs)
    }
    return base(tMs)
  }
  const begin = (fromMs: number, waveform: Waveform) => {
    segments.push({ fromMs, waveform })
    if (segments.length > mostSegments) segments.shift()
  }
  const next = () => due.reduce((first, one) => (one.atMs < first.atMs ? one : first))

  return tMs => {
    for (;;) {
      const one = next()
      const atMs = Math.min(one.atMs, endsMs)
      if (atMs > tMs) return valueAt(tMs)
      if (endsMs <= one.atMs) {
        begin(endsMs, base)
        endsMs = Number.POSITIVE_INFINITY
        continue
      }
      const { event } = one
      begin(atMs, happen(event.happening, base, atMs, valueAt(atMs), seed))
      endsMs = event.forMs === undefined ? Number.POSITIVE_INFINITY : atMs + event.forMs
      one.atMs = event.everyMs === undefined ? Number.POSITIVE_INFINITY : atMs + event.everyMs
    }
  }
}

function happen(happening: Happening, base: Waveform, atMs: number, before: Value, seed: number): Waveform {
  switch (happening.kind) {
    case 'set': {
      const { value } = happening
      return () => value
    }
    case 'ramp': {
      const { to, overMs } = happening
      const from = toNumber(before)
      return tMs => (tMs - atMs >= overMs ? to : from + ((to - from) * (tMs - atMs)) / overMs)
    }
    case 'noise':
      return noise({ of: base, spread: happening.spread }, { seed })
    case 'stuck':
      return () => before
    default:
      return base
  }
}
