/** `1 device`, `3 devices`, `2 batches`. */
export function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : what.endsWith('ch') ? 'es' : 's'}`
}

/** Two significant digits, and all that stand before the point. */
export function rounded(rate: number): string {
  return rate >= 10 ? String(Math.round(rate)) : rate.toPrecision(2).replace(/\.0$/, '')
}
