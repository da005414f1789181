import type { Value } from '@lineside/contract'

/** What the agent will store when this value is sent, or undefined where the reading would be bad. */
export type Quantise = (value: Value) => Value | undefined

/** Smallest step of a point around a value that was quantised; undefined where nothing near it is another value. */
export function smallestStep(value: Value, quantise: Quantise): number | bigint | undefined {
  if (typeof value === 'bigint') return quantise(value + 1n) === value ? undefined : 1n
  if (typeof value !== 'number') return undefined
  const finest = Math.max(Math.abs(value), 1e-6) * Number.EPSILON
  for (let distance = finest; distance < 1e9; distance *= 2) {
    for (const near of [quantise(value + distance), quantise(value - distance)]) {
      if (typeof near === 'number' && near !== value) return Math.abs(near - value)
    }
  }
  return undefined
}

/** Moves a value by whole steps; undefined where that leaves what the point can say. */
export function moved(value: Value, steps: number, step: number | bigint, quantise: Quantise): Value | undefined {
  if (typeof value === 'bigint') return quantise(value + BigInt(steps) * BigInt(step))
  if (typeof value !== 'number' || typeof step !== 'number') return undefined
  return quantise(value + steps * step)
}

/** 0, +1, −1, +2, −2, …: the nearest first. */
export function alternating(index: number): number {
  return index % 2 === 1 ? (index + 1) / 2 : -index / 2
}

/** Places a digit may have while several points share the movement: −4 … +4 steps each. */
export const digitRadix = 9

/**
 * How far each of `carriers` points is moved in attempt `attempt` (1, 2, …): the first few points by a few steps each,
 * and when these are used up the first one further and further.
 */
export function movement(attempt: number, carriers: number, place: number): number {
  const shared = digitRadix ** carriers
  if (attempt >= shared) return place === 0 ? alternating(attempt - shared + digitRadix) : 0
  return alternating(Math.floor(attempt / digitRadix ** place) % digitRadix)
}
