import type { Value } from '@lineside/contract'
import type { Decoded } from '../decoded.ts'
import type { Expected } from './point.ts'

/** Readings of a message whatever their source time. */
export function allReadings({ values, quality, stamped = [] }: Decoded): Pick<Decoded, 'values' | 'quality'> {
  if (stamped.length === 0) return quality === undefined ? { values } : { values, quality }
  return {
    values: Object.assign({}, values, ...stamped.map(one => one.values)),
    quality: Object.assign({}, quality, ...stamped.map(one => one.quality)),
  }
}

/** Compares every point of a message with what a test expects; an empty list: the same. */
export function compareReadings(message: Decoded, expect: ReadonlyMap<string, Expected>): readonly string[] {
  const decoded = allReadings(message)
  const points = new Set([...expect.keys(), ...Object.keys(decoded.values), ...Object.keys(decoded.quality ?? {})])
  return [...points].flatMap(point => {
    const wanted = expect.has(point) ? describeExpected(expect.get(point) ?? null) : 'nothing'
    const found = describe(decoded.values[point], decoded.quality?.[point])
    return wanted === found ? [] : [`${point}: expected ${wanted}, got ${found}`]
  })
}

function describeExpected(expected: Expected): string {
  if (expected === null) return describe(undefined, 'bad:not_available')
  if (typeof expected !== 'object') return describe(expected, undefined)
  if ('bad' in expected) return describe(undefined, `bad:${expected.bad}`)
  return describe(expected.value, `uncertain:${expected.uncertain}`)
}

/** A reading in words, for failures. */
export function describe(value: Value | undefined, quality: string | undefined): string {
  if (value === undefined) return quality ?? 'nothing'
  const text = typeof value === 'string' ? JSON.stringify(value) : String(value)
  return quality === undefined ? text : `${text} ${quality}`
}
