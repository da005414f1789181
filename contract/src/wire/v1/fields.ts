import { parseJson } from '../../json.ts'

/** A JSON object that was parsed and not yet checked. */
export type Fields = Readonly<Record<string, unknown>>

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A line's JSON object; undefined where it is no JSON or no object. */
export function parseFields(line: string): Fields | undefined {
  try {
    const value = parseJson(line)
    return isFields(value) ? value : undefined
  } catch {
    return undefined
  }
}

/** Whether a value is an integer from `min` to 2^53 − 1. */
export function isCount(value: unknown, min: number): value is number {
  return Number.isSafeInteger(value) && Number(value) >= min
}

/** Whether nesting stays within `depth`; a plain value has none. */
export function isWithinDepth(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return true
  if (depth === 0) return false
  for (const part of Array.isArray(value) ? value : Object.values(value)) {
    if (typeof part === 'object' && !isWithinDepth(part, depth - 1)) return false
  }
  return true
}
