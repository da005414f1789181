import type { Value } from '@lineside/contract'
import type { TextPoint } from './point.ts'

/** Plausible values of a point for a round trip, the same at every run. */
export function sampleValues(point: TextPoint): readonly Value[] {
  if (point.type === 'bool') return [true, false]
  if (point.type === 'enum') return [...new Set(point.names.values())]
  if (point.type === 'string') return ['a text']
  const [low, high] = point.range ?? [-1000, 100_000]
  const inside = [0, 1, low + (high - low) / 3, low + (high - low) / 2].filter(value => value >= low && value <= high)
  return point.type === 'integer' ? inside.map(Math.round) : inside
}
