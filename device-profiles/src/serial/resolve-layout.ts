import type { SerialLayout } from './profile.ts'
import type { RawSerial } from './schema.ts'

/** How the fields of a message lie, with every default written out. */
export function layoutOf(raw: RawSerial['messages'][string]): SerialLayout {
  if ('format' in raw) return { kind: 'format', format: raw.format }
  if ('regex' in raw) return { kind: 'regex', pattern: raw.regex }
  if ('obis' in raw) return { kind: 'obis', fields: mapOf(raw.obis.fields), meter: raw.obis.meter }
  if ('json' in raw) return { kind: 'json', match: mapOf(raw.json.match), fields: mapOf(raw.json.fields) }
  if ('pairs' in raw) {
    const { fields, at_least: atLeast = Object.keys(fields).length, ...separators } = raw.pairs
    return { kind: 'pairs', ...separators, fields: mapOf(fields), atLeast }
  }
  return splitOf(raw)
}

function splitOf(raw: Extract<RawSerial['messages'][string], { readonly split: string }>): SerialLayout {
  const { split: by, quoted } = raw
  const fields = new Map<string, number>()
  const titles = new Map<string, string>()
  for (const [name, place] of Object.entries(raw.fields)) {
    if (typeof place === 'number') fields.set(name, place)
    else titles.set(name, place)
  }
  if (titles.size > 0) return { kind: 'titled', by, quoted, fields: titles }
  const match = numbered(raw.match)
  const atLeast = raw.at_least ?? Math.max(0, ...fields.values(), ...match.keys()) + 1
  return { kind: 'split', by, quoted, match, sendAs: numbered(raw.send_as), fields, atLeast }
}

function mapOf<T>(record: Readonly<Record<string, T>>): ReadonlyMap<string, T> {
  return new Map(Object.entries(record))
}

function numbered(record: Readonly<Record<string, string>>): ReadonlyMap<number, string> {
  return new Map(Object.entries(record).map(([number, text]) => [Number(number), text]))
}
