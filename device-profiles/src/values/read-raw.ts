import type { Value } from '@lineside/contract'
import { parseDecimal, parseWhole } from './number-text.ts'
import { parseNmeaDegrees } from './nmea-degrees.ts'
import type { TextPoint, TextType } from './point.ts'

/** What stands on the wire: text from a line, or a scalar from JSON. Anything else is malformed. */
export type ReadRaw = (raw: unknown) => Value | undefined

/** Longest string value, in characters. */
export const maxStringLength = 1024

/** Reads a raw value of a point's type, before scaling; undefined where it is none. */
export function rawReader(point: TextPoint): ReadRaw {
  const { names } = point
  const byType: Readonly<Record<TextType, ReadRaw>> = {
    number: point.decimalComma ? readCommaNumber : readNumber,
    integer: readInteger,
    nmea_degrees: raw => (typeof raw === 'string' ? parseNmeaDegrees(raw) : undefined),
    string: readString,
    enum: raw => names.get(scalarText(raw) ?? ''),
    bool: names.size === 0 ? readBool : raw => names.get(scalarText(raw) ?? ''),
  }
  return byType[point.type]
}

function readNumber(raw: unknown): Value | undefined {
  if (typeof raw === 'number') return Number.isFinite(raw) ? raw : undefined
  if (typeof raw === 'bigint') return raw
  return typeof raw === 'string' ? parseDecimal(raw) : undefined
}

/** `1.234,5` is none: nobody can tell what the point in `1.234` means. */
function readCommaNumber(raw: unknown): Value | undefined {
  if (typeof raw !== 'string') return readNumber(raw)
  return raw.includes('.') ? undefined : parseDecimal(raw.replace(',', '.'))
}

function readInteger(raw: unknown): Value | undefined {
  if (typeof raw === 'number') return Number.isSafeInteger(raw) ? raw : undefined
  if (typeof raw === 'bigint') return raw
  return typeof raw === 'string' ? parseWhole(raw) : undefined
}

function readBool(raw: unknown): Value | undefined {
  if (raw === true || raw === 'true') return true
  return raw === false || raw === 'false' ? false : undefined
}

function readString(raw: unknown): Value | undefined {
  const text = scalarText(raw)
  return text !== undefined && text.length <= maxStringLength ? text : undefined
}

/** A scalar as text, the way `names` and `match` of a profile write it. */
export function scalarText(raw: unknown): string | undefined {
  if (typeof raw === 'string') return raw
  return typeof raw === 'number' || typeof raw === 'bigint' || typeof raw === 'boolean' ? String(raw) : undefined
}
