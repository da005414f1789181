import type { Value } from '@lineside/contract'
import type { Detector } from './detector.ts'

type Create<R, V extends Value> = (rule: R, saved: unknown, atMs: number) => Detector<V>

/** A detector that knows numbers alone, for values of every kind: the others say nothing to it. */
export function ofNumbers<R>(create: Create<R, number>): Create<R, Value> {
  return (rule, saved, startMs) => {
    const detector = create(rule, saved, startMs)
    return {
      observe(value, atMs, t) {
        const number = numberOf(value)
        return number === undefined ? undefined : detector.observe(number, atMs, t)
      },
      missed: () => detector.missed(),
      tick: atMs => detector.tick(atMs),
      snapshot: atMs => detector.snapshot(atMs),
    }
  }
}

function numberOf(value: Value): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined
  return typeof value === 'bigint' ? Number(value) : undefined
}
