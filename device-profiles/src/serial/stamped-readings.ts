import type { Quality, Value } from '@lineside/contract'
import type { Stamped } from '../decoded.ts'
import { type Readings, setQuality } from '../values/readings.ts'
import type { FieldTexts } from './layouts/layout.ts'

/** Clocks of meters differ; a reading from further ahead of the message that brings it has a time that can't be right. */
const mostAheadMs = 3_600_000

/** A point whose message says when it was measured. */
export interface StampedPoint {
  readonly name: string
  /** Place of the field with its time. */
  readonly timeAt: number
  readonly read: (into: Readings, texts: FieldTexts) => void
}

interface Given {
  readonly t: number
  readonly value: Value | undefined
  readonly quality: Quality | undefined
}

/** Readings with a time of their own. A message repeats them until there is a newer one: each is given once. */
export class StampedReadings {
  readonly #points: readonly StampedPoint[]
  readonly #readTime: (raw: unknown) => number | undefined
  readonly #last = new Map<string, Given>()

  constructor(points: readonly StampedPoint[], readTime: (raw: unknown) => number | undefined) {
    this.#points = points
    this.#readTime = readTime
  }

  /** What is new, by time. A reading without a time that can be right has no value, and its quality goes to `message`. */
  read(texts: FieldTexts, message: Readings & { readonly t?: number }): readonly Stamped[] {
    const groups = new Map<number, Readings>()
    for (const { name, timeAt, read } of this.#points) {
      const found: Readings = { values: {} }
      read(found, texts)
      const value = found.values[name]
      const quality = found.quality?.[name]
      if (value === undefined && quality === undefined) continue
      const t = this.#readTime(texts[timeAt])
      if (t === undefined) setQuality(message, name, 'bad:not_available')
      else if (message.t !== undefined && t > message.t + mostAheadMs) setQuality(message, name, 'bad:out_of_range')
      else if (this.#isNew(name, { t, value, quality })) put(groups, t, name, { value, quality })
    }
    return [...groups].map(([t, { values, quality }]) => ({ t, values, ...(quality === undefined ? {} : { quality }) }))
  }

  #isNew(name: string, given: Given): boolean {
    const last = this.#last.get(name)
    this.#last.set(name, given)
    return last?.t !== given.t || last.value !== given.value || last.quality !== given.quality
  }
}

function put(groups: Map<number, Readings>, t: number, name: string, { value, quality }: Omit<Given, 't'>): void {
  const into = groups.get(t) ?? { values: {} }
  groups.set(t, into)
  if (value !== undefined) into.values[name] = value
  if (quality !== undefined) setQuality(into, name, quality)
}
