import type { RefusedRead } from './status.ts'

/** How many are named; a device that refuses more is another device. */
const mostNamed = 4

/** `holding register 40 (speed) is refused, 12 other points are read`; `all` is the number of points that are wanted. */
export function describeRefused(refused: readonly RefusedRead[], all: number): string {
  const named = refused.slice(0, mostNamed).map(({ what, points }) => `${what} (${pointNames(points)})`)
  const more = refused.length > mostNamed ? ` and ${refused.length - mostNamed} more` : ''
  const left = all - refused.reduce((sum, { points }) => sum + points.length, 0)
  const others = left > 0 ? `, ${left} other point${left === 1 ? ' is' : 's are'} read` : ''
  return `${named.join(', ')}${more} ${isOrAre(refused)} refused${others}`
}

/** Of one register or of several. */
export function isOrAre(refused: readonly RefusedRead[]): 'is' | 'are' {
  const [first] = refused
  return refused.length === 1 && first && !first.what.includes(' to ') ? 'is' : 'are'
}

function pointNames(points: readonly string[]): string {
  const [first = '', ...rest] = points
  return rest.length === 0 ? first : `${first} and ${rest.length} more`
}
