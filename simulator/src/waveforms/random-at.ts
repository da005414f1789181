/**
 * A random number in [0, 1) that depends on nothing but its arguments: the same seed gives the same value at the
 * same place, in whatever order it is asked. `index` is an integer up to ±2^53.
 */
export function randomAt(seed: number, index: number): number {
  let h = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b)
  h = Math.imul(h ^ (index | 0), 0xc2b2ae35)
  h ^= h >>> 15
  h = Math.imul(h ^ (Math.floor(index / 4_294_967_296) | 0), 0x27d4eb2f)
  h ^= h >>> 13
  h = Math.imul(h, 0x165667b1)
  h ^= h >>> 16
  return (h >>> 0) / 4_294_967_296
}

/** Roughly normal with mean 0 and standard deviation 1, and never beyond ±3.5: the sum of four even numbers, scaled. */
export function normalAt(seed: number, index: number): number {
  const place = index * 4
  const sum =
    randomAt(seed, place) + randomAt(seed, place + 1) + randomAt(seed, place + 2) + randomAt(seed, place + 3) - 2
  return sum * Math.sqrt(3)
}

/** A 32-bit seed from a seed and a name, so that each point of each device has its own. */
export function seedFor(seed: number, ...names: readonly string[]): number {
  let h = seed | 0
  for (const name of names) {
    h = Math.imul(h ^ 0x811c9dc5, 0x01000193)
    for (let i = 0; i < name.length; i++) h = Math.imul(h ^ name.charCodeAt(i), 0x01000193)
  }
  return h >>> 0
}
