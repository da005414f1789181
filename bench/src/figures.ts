/** The middle one; of an even number the lower middle. NaN for none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.NaN
}

/** Two decimals are more than a shared machine is good for. */
export function rounded(value: number): number {
  return Math.round(value * 100) / 100
}
