import { type ProfileProblem, textPointProblems } from '../values/resolve-point.ts'
import { parseFormat } from './layouts/parse-format.ts'
import type { SerialMessage, SerialProfile } from './profile.ts'

/** What is wrong in a serial profile though its shape is right. */
export function serialProblems(profile: SerialProfile): readonly ProfileProblem[] {
  const fields = new Map([...profile.messages].map(([name, message]) => [name, fieldsOf(message)]))
  return [
    ...framingProblems(profile),
    ...[...profile.polls.values()].flatMap(poll => [
      ...poll.answers.flatMap((name, index) => missing(profile, name, ['polls', poll.name, 'answers', index])),
      ...paramsOf(poll.send).flatMap(name => missingParam(profile, name, ['polls', poll.name, 'send'])),
    ]),
    ...[...profile.messages.values()].flatMap(message => messageProblems(profile, message)),
    ...[...profile.points.values()].flatMap(point => [
      ...textPointProblems(
        point,
        point.from.every(from => from.unit !== undefined),
        profile.params,
      ),
      ...point.from.flatMap(({ message, field, unit }) => {
        const path = ['points', point.name, 'from']
        const known = fields.get(message)
        if (known === undefined) return missing(profile, message, path)
        return [field, ...(unit === undefined ? [] : [unit])].flatMap(name => unknownField(known, name, message, path))
      }),
    ]),
  ]
}

function fieldsOf({ layout }: SerialMessage): readonly string[] {
  if (layout.kind === 'split') return [...layout.fields.keys()]
  const parsed = parseFormat(layout.format)
  return parsed.ok ? parsed.format.parts.flatMap(part => (part.kind === 'field' ? [part.name] : [])) : []
}

function framingProblems({ framing }: SerialProfile): readonly ProfileProblem[] {
  if (framing.kind === 'fixed') {
    const path = ['framing', 'fixed']
    if (framing.start === '' && framing.end === '') {
      return [{ path, message: 'without marks a lost byte would shift every frame', fix: 'write start or end' }]
    }
    if (framing.start.length + framing.end.length < framing.length) return []
    return [{ path, message: 'the marks leave no room', fix: 'count the frame with its marks' }]
  }
  if (framing.kind === 'lines') return []
  const room = framing.start.length + framing.end.length + framing.tail.length < framing.maxLength
  if (room && framing.start !== framing.end) return []
  const message = room ? 'start and end are the same' : 'the marks leave no room'
  return [{ path: ['framing'], message, fix: 'write two different marks and a max_length above theirs' }]
}

function messageProblems(profile: SerialProfile, message: SerialMessage): readonly ProfileProblem[] {
  const path = ['messages', message.name]
  if (message.layout.kind === 'format') {
    const parsed = parseFormat(message.layout.format)
    if (!parsed.ok) {
      const [text = '', fix] = parsed.problem.split('; ')
      return [{ path: [...path, 'format'], message: text, ...(fix === undefined ? {} : { fix }) }]
    }
  }
  const used = [...profile.points.values()].some(point => point.from.some(from => from.message === message.name))
  const problems: ProfileProblem[] = message.status
    ? [...unknownField(fieldsOf(message), message.status.field, message.name, [...path, 'status'])]
    : []
  if (used === (message.ignore || message.refuse !== undefined)) {
    const text = used ? 'a message that is refused or ignored brings no points' : 'no point comes from this message'
    problems.push({
      path,
      message: text,
      fix: 'write ignore: true, refuse: why, or a point with from: { message, field }',
    })
  }
  return problems
}

function unknownField(
  known: readonly string[],
  field: string,
  message: string,
  path: readonly (string | number)[],
): readonly ProfileProblem[] {
  if (known.includes(field)) return []
  return [{ path, message: `message ${message} has no field ${field}`, fix: `it has ${known.join(', ') || 'none'}` }]
}

function missing(profile: SerialProfile, name: string, path: readonly (string | number)[]): readonly ProfileProblem[] {
  if (profile.messages.has(name)) return []
  return [
    { path, message: `there is no message ${name}`, fix: `write one of ${[...profile.messages.keys()].join(', ')}` },
  ]
}

function missingParam(
  { params }: SerialProfile,
  name: string,
  path: readonly (string | number)[],
): readonly ProfileProblem[] {
  if (params.has(name)) return []
  return [{ path, message: `there is no param ${name}`, fix: `declare it: params: { ${name}: { description: … } }` }]
}

function paramsOf(template: string): readonly string[] {
  return [...template.matchAll(/\{([a-z][a-z0-9_]*)\}/g)].map(match => match[1] ?? '')
}
