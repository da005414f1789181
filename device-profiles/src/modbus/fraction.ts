import type { ModbusPoint } from './profile.ts'
import { floatReader } from './read-raw.ts'
import type { Read } from './read-words.ts'

/** Steps in which a fraction is counted; a float32 below 1 tells no more apart. */
const steps = 1_000_000

/** Adds the float32 in the two registers behind an integer, to six decimals. A fraction beyond ±1 is none: NaN. */
export function withFraction(point: ModbusPoint, whole: Read): Read {
  const fraction = floatReader({ ...point, type: 'float32' })
  return (view, at) => {
    const part = fraction(view, at + 4)
    if (!(Math.abs(part) <= 1)) return Number.NaN
    return (whole(view, at) * steps + Math.round(part * steps)) / steps
  }
}

/** What `withFraction` puts together; clamped to the integer's range. */
export function splitFraction(
  value: number,
  [least, most]: readonly [least: bigint, most: bigint],
): { readonly whole: bigint; readonly part: number } {
  const whole = Math.trunc(Math.round(value * steps) / steps)
  if (whole <= Number(least)) return { whole: least, part: 0 }
  if (whole >= Number(most)) return { whole: most, part: 0 }
  return { whole: BigInt(whole), part: (Math.round(value * steps) - whole * steps) / steps }
}
