import type { ProfileProblem } from '../values/resolve-point.ts'
import { parseObisPlace } from './layouts/obis.ts'
import { parseFormat } from './layouts/parse-format.ts'
import type { SerialMessage } from './profile.ts'

/** Names of the fields of a message, in order. */
export function fieldsOf({ layout }: SerialMessage): readonly string[] {
  if (layout.kind !== 'format') return [...layout.fields.keys()]
  const parsed = parseFormat(layout.format)
  return parsed.ok ? parsed.format.parts.flatMap(part => (part.kind === 'field' ? [part.name] : [])) : []
}

/** What is wrong in the way that a message's fields are written down. */
export function layoutProblems({ name, layout }: SerialMessage): readonly ProfileProblem[] {
  const path = ['messages', name, layout.kind]
  if (layout.kind === 'format') {
    const parsed = parseFormat(layout.format)
    return parsed.ok ? [] : [split(path, parsed.problem)]
  }
  if (layout.kind !== 'obis') return []
  return [...layout.fields].flatMap(([field, place]) => {
    if (parseObisPlace(place)) return []
    const fix = 'write a code and, for a value behind the first, its number: "0-1:24.2.1[1]"'
    return [{ path: [...path, 'fields', field], message: `"${place}" is no place in a telegram`, fix }]
  })
}

/** What is wrong, and behind the first `; ` what to write. */
function split(path: readonly string[], problem: string): ProfileProblem {
  const end = problem.indexOf('; ')
  return end === -1 ? { path, message: problem } : { path, message: problem.slice(0, end), fix: problem.slice(end + 2) }
}
