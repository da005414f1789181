import type { Value } from '@lineside/contract'
import { moved, movement, type Quantise, smallestStep } from './nudge.ts'
import { tupleHash } from './tuple-hash.ts'
import { TupleMemory } from './tuple-memory.ts'

/** Points that share the movement; more would not look more natural. */
const mostCarriers = 4
/** Attempts after which a tuple is given again: a coil alone has only two. */
const mostAttempts = 20_000
/** Tuples whose search goes on where it ended; when there are more, all are searched from the start again. */
const mostSearches = 100_000

/** Tells replies over one set of points apart: gives the values to send in place of those wished for. */
export class DistinctTuples {
  readonly #quantise: readonly (Quantise | undefined)[]
  readonly #memory: TupleMemory
  /** Wished tuple → where its last search ended: values that stand still would be searched from the start otherwise. */
  readonly #searches = new Map<number, number>()
  /** Point → its step and the value it was found at. */
  readonly #steps = new Map<number, FoundStep>()
  #repeated = 0

  /** One for each point of the set; undefined: this point is never moved. */
  constructor(quantise: readonly (Quantise | undefined)[], memory = new TupleMemory()) {
    this.#quantise = quantise
    this.#memory = memory
  }

  /** Replies that are equal to an earlier one, because no point of the set had anything new to say. */
  get repeated(): number {
    return this.#repeated
  }

  get forgotten(): number {
    return this.#memory.forgotten
  }

  /**
   * `values` are quantised (undefined: bad), one for each point of the set. They are changed in place, by the fewest
   * smallest steps, where they were given before. Returns the indexes of those that were changed.
   */
  make(values: (Value | undefined)[]): readonly number[] {
    const wished = tupleHash(values)
    if (this.#memory.add(wished)) return []
    const carriers = this.#carriersOf(values)
    const original = values.slice()
    let attempt = this.#searches.get(wished) ?? 0
    for (let tries = 0; tries < mostAttempts && carriers.length > 0; tries++) {
      const changed = move(values, original, carriers, ++attempt)
      if (changed.length === 0 || !this.#memory.add(tupleHash(values))) continue
      if (this.#searches.size >= mostSearches) this.#searches.clear()
      this.#searches.set(wished, attempt)
      return changed
    }
    for (const [index, value] of original.entries()) values[index] = value
    this.#repeated++
    return []
  }

  #carriersOf(values: readonly (Value | undefined)[]): readonly Carrier[] {
    const carriers: Carrier[] = []
    for (const [index, value] of values.entries()) {
      const quantise = this.#quantise[index]
      if (value === undefined || quantise === undefined) continue
      let found = this.#steps.get(index)
      if (found === undefined || !isNear(found.value, value)) {
        found = { value, step: smallestStep(value, quantise) }
        this.#steps.set(index, found)
      }
      if (found.step === undefined) continue
      carriers.push({ index, step: found.step, quantise })
      if (carriers.length === mostCarriers) break
    }
    return carriers
  }
}

interface FoundStep {
  readonly value: Value
  readonly step: number | bigint | undefined
}

/** A step found at one value is right for another: of the same kind, and a float's step doubles with each power of two. */
function isNear(known: Value, value: Value): boolean {
  if (typeof known !== 'number' || typeof value !== 'number') return typeof known === typeof value
  return known === value || (Math.abs(value) >= Math.abs(known) / 2 && Math.abs(value) < Math.abs(known) * 2)
}

interface Carrier {
  readonly index: number
  readonly step: number | bigint
  readonly quantise: Quantise
}

/** Sets `values` to `original` moved as the attempt says; returns the indexes that became another value. */
function move(
  values: (Value | undefined)[],
  original: readonly (Value | undefined)[],
  carriers: readonly Carrier[],
  attempt: number,
): number[] {
  const changed: number[] = []
  for (const [place, { index, step, quantise }] of carriers.entries()) {
    const value = original[index]
    const steps = movement(attempt, carriers.length, place)
    const next = steps === 0 || value === undefined ? value : moved(value, steps, step, quantise)
    values[index] = next ?? value
    if (next !== undefined && next !== value) changed.push(index)
  }
  return changed
}
