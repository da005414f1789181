import { parsePath } from '../mqtt/json-path.ts'
import type { ProfileProblem } from '../values/resolve-point.ts'
import { parseObisPlace } from './layouts/obis.ts'
import { parseFormat } from './layouts/parse-format.ts'
import { ambiguityOf } from './layouts/regex/ambiguity.ts'
import { parseRegex } from './layouts/regex/parse-regex.ts'
import type { JsonLayout, ObisLayout, PairsLayout, SerialMessage } from './profile.ts'

type Path = readonly (string | number)[]

/** Names of the fields of a message, in order. */
export function fieldsOf({ layout }: SerialMessage): readonly string[] {
  if (layout.kind === 'regex') {
    const parsed = parseRegex(layout.pattern)
    return parsed.ok ? parsed.fields : []
  }
  if (layout.kind !== 'format') return [...layout.fields.keys()]
  const parsed = parseFormat(layout.format)
  return parsed.ok ? parsed.format.parts.flatMap(part => (part.kind === 'field' ? [part.name] : [])) : []
}

/** What is wrong in the way that a message's fields are written down. */
export function layoutProblems({ name, layout }: SerialMessage): readonly ProfileProblem[] {
  const path = ['messages', name, layout.kind === 'titled' ? 'split' : layout.kind]
  switch (layout.kind) {
    case 'format': {
      const parsed = parseFormat(layout.format)
      return parsed.ok ? [] : [problemIn(path, parsed.problem)]
    }
    case 'regex':
      return regexProblems(layout.pattern, path)
    case 'obis':
      return placeProblems(layout, path)
    case 'json':
      return pathProblems(layout, path)
    case 'pairs':
      return pairProblems(layout, path)
    case 'split':
    case 'titled':
      return []
    default:
      return layout satisfies never
  }
}

function regexProblems(pattern: string, path: Path): readonly ProfileProblem[] {
  const parsed = parseRegex(pattern)
  const problem = parsed.ok ? ambiguityOf(parsed.regex) : parsed.problem
  return problem === undefined ? [] : [problemIn(path, problem)]
}

function placeProblems(layout: ObisLayout, path: Path): readonly ProfileProblem[] {
  return [...layout.fields].flatMap(([field, place]) => {
    if (parseObisPlace(place)) return []
    const fix = 'write a code and, for a value behind the first, its number: "0-1:24.2.1[1]"'
    return [{ path: [...path, 'fields', field], message: `"${place}" is no place in a telegram`, fix }]
  })
}

function pathProblems({ match, fields }: JsonLayout, path: Path): readonly ProfileProblem[] {
  const paths = [
    ...[...fields].map(([field, text]) => ({ text, at: [...path, 'fields', field] })),
    ...[...match.keys()].map(text => ({ text, at: [...path, 'match'] })),
  ]
  return paths.flatMap(({ text, at }) => {
    const parsed = parsePath(text)
    return parsed.ok ? [] : [problemIn(at, parsed.problem)]
  })
}

function pairProblems({ between, is, fields, atLeast }: PairsLayout, path: Path): readonly ProfileProblem[] {
  const problems: ProfileProblem[] = []
  if (between.includes(is) || is.includes(between)) {
    problems.push({
      path: [...path, 'between'],
      message: 'the two separators are alike',
      fix: 'write what the device sends',
    })
  }
  if (new Set(fields.values()).size < fields.size) {
    problems.push({
      path: [...path, 'fields'],
      message: 'two fields have one key',
      fix: 'let two points use one field',
    })
  }
  if (atLeast > fields.size) {
    problems.push({ path: [...path, 'at_least'], message: `there are only ${fields.size} keys`, fix: 'write fewer' })
  }
  return problems
}

/** What is wrong, and behind the first `; ` what to write. */
function problemIn(path: Path, problem: string): ProfileProblem {
  const end = problem.indexOf('; ')
  return end === -1 ? { path, message: problem } : { path, message: problem.slice(0, end), fix: problem.slice(end + 2) }
}
