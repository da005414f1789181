import type { Quality, Sample, Value } from '@lineside/contract'

/** What report by exception needs to know of a point. */
export interface DeadbandPoint {
  readonly name: string
  /** Absolute, in the point's unit; 0 passes every reading. */
  readonly deadband: number
  /** Longest silence of an unchanged point, ms. */
  readonly maxSilenceMs: number
}

/** Lets through what changed enough: the sample itself, a thinner one, or nothing. */
export interface Deadband {
  filter(sample: Sample, monotonicMs: number): Sample | undefined
  /** What was let through was not stored after all: the next reading passes whatever its value. */
  forget(): void
}

interface Sent {
  readonly deadband: number
  readonly maxSilenceMs: number
  value: Value | undefined
  quality: Quality | undefined
  /** Monotonic time, ms. */
  atMs: number
}

/**
 * Report by exception for the points of one device. A point passes when its number moved by more than the
 * deadband since it was last passed, when a text, boolean or its quality changed, or after `maxSilenceMs`.
 * Detectors must see samples before this.
 */
export function createDeadband(points: Iterable<DeadbandPoint>): Deadband {
  const sent = new Map<string, Sent>()
  for (const { name, deadband, maxSilenceMs } of points) {
    if (deadband > 0) {
      const silence = maxSilenceMs > 0 ? maxSilenceMs : Number.POSITIVE_INFINITY
      sent.set(name, { deadband, maxSilenceMs: silence, value: undefined, quality: undefined, atMs: -Infinity })
    }
  }
  if (sent.size === 0) return { filter: sample => sample, forget() {} }
  return {
    filter: (sample, monotonicMs) => thin(sent, sample, monotonicMs),
    forget() {
      for (const last of sent.values()) last.atMs = Number.NEGATIVE_INFINITY
    },
  }
}

function thin(sent: ReadonlyMap<string, Sent>, sample: Sample, nowMs: number): Sample | undefined {
  const held = new Set<string>()
  let passed = 0
  const judge = (name: string, value: Value | undefined, quality: Quality | undefined) => {
    const last = sent.get(name)
    if (last && nowMs - last.atMs < last.maxSilenceMs && last.quality === quality && !moved(last, value)) {
      held.add(name)
      return
    }
    passed++
    if (!last) return
    last.value = value
    last.quality = quality
    last.atMs = nowMs
  }
  for (const name in sample.values) judge(name, sample.values[name], sample.quality?.[name])
  for (const name in sample.quality) if (!(name in sample.values)) judge(name, undefined, sample.quality[name])
  if (held.size === 0) return sample
  if (passed === 0) return undefined
  return without(sample, held)
}

function moved(last: Sent, value: Value | undefined): boolean {
  if (typeof value === 'number' && typeof last.value === 'number') return Math.abs(value - last.value) > last.deadband
  if (typeof value === 'bigint' && typeof last.value === 'bigint')
    return Math.abs(Number(value - last.value)) > last.deadband
  return value !== last.value
}

function without(sample: Sample, held: ReadonlySet<string>): Sample {
  const values: Record<string, Value> = {}
  for (const name in sample.values) {
    const value = sample.values[name]
    if (value !== undefined && !held.has(name)) values[name] = value
  }
  const { quality, ...rest } = sample
  if (!quality) return { ...rest, values }
  const kept = Object.entries(quality).filter(([name]) => !held.has(name))
  return kept.length > 0 ? { ...rest, values, quality: Object.fromEntries(kept) } : { ...rest, values }
}
