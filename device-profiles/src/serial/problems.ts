import { type ProfileProblem, textPointProblems } from '../values/resolve-point.ts'
import { fieldsOf, layoutProblems } from './layout-problems.ts'
import type { SerialMessage, SerialProfile } from './profile.ts'

type Path = readonly (string | number)[]

/** What is wrong in a serial profile though its shape is right. */
export function serialProblems(profile: SerialProfile): readonly ProfileProblem[] {
  const fields = new Map([...profile.messages].map(([name, message]) => [name, fieldsOf(message)]))
  const asked = profile.polls.size > 0 && profile.silentAfterMs !== undefined
  return [
    ...(asked
      ? [{ path: ['silent_after'], message: 'a device that is asked does not talk by itself', fix: 'remove it' }]
      : []),
    ...framingProblems(profile),
    ...[...profile.polls.values()].flatMap(poll => [
      ...poll.answers.flatMap((name, index) => missing(profile, name, ['polls', poll.name, 'answers', index])),
      ...missingParams(profile, poll.send, ['polls', poll.name, 'send']),
    ]),
    ...[...profile.messages.values()].flatMap(message => messageProblems(profile, message)),
    ...[...profile.points.values()].flatMap(point => [
      ...textPointProblems(
        point,
        point.from.every(from => from.unit !== undefined),
        profile.params,
      ),
      ...point.from.flatMap(({ message, field, unit, time, when }) => {
        const path = ['points', point.name, 'from']
        const known = fields.get(message)
        if (known === undefined) return missing(profile, message, path)
        const named = [field, unit, time, ...when.keys()].filter(name => name !== undefined && name !== '*')
        const wrongTime = time === undefined ? [] : ownTimeProblems(profile, message, path)
        return [
          ...wrongTime,
          ...named.flatMap(name => (name === undefined ? [] : unknownField(known, name, message, path))),
        ]
      }),
    ]),
  ]
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
  const wrong = layoutProblems(message)
  if (wrong.length > 0) return wrong
  const used = [...profile.points.values()].some(point => point.from.some(from => from.message === message.name))
  const named = [
    ...message.statuses.map(({ field }) => ({ field, key: 'status' })),
    { field: message.time?.field, key: 'time' },
  ]
  const problems: ProfileProblem[] = named.flatMap(({ field, key }) =>
    field === undefined ? [] : unknownField(fieldsOf(message), field, message.name, [...path, key]),
  )
  if (typeof message.time?.utcOffset === 'string') {
    problems.push(...missingParams(profile, `{${message.time.utcOffset}}`, [...path, 'time', 'utc_offset']))
  }
  if (message.layout.kind === 'obis' || message.layout.kind === 'json') {
    const { kind, fields } = message.layout
    for (const [field, place] of fields) {
      problems.push(...missingParams(profile, place, [...path, kind, 'fields', field]))
    }
  }
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

/** A reading with a time of its own is its own sample, which only a device that talks by itself gives. */
function ownTimeProblems(profile: SerialProfile, name: string, path: Path): readonly ProfileProblem[] {
  const message = profile.messages.get(name)
  const problems: ProfileProblem[] = []
  if (message?.time === undefined) {
    problems.push({
      path,
      message: `message ${name} doesn't say how it writes times`,
      fix: 'write time: { as: … } there',
    })
  }
  if (profile.polls.size > 0) {
    problems.push({ path, message: 'the answers to one poll have one time', fix: 'remove time' })
  }
  if (message !== undefined && message.statuses.length > 0) {
    problems.push({ path, message: 'a status does not touch readings of another time', fix: 'remove time, or status' })
  }
  return problems
}

function unknownField(known: readonly string[], field: string, message: string, path: Path): readonly ProfileProblem[] {
  if (known.includes(field)) return []
  return [{ path, message: `message ${message} has no field ${field}`, fix: `it has ${known.join(', ') || 'none'}` }]
}

function missing(profile: SerialProfile, name: string, path: Path): readonly ProfileProblem[] {
  if (profile.messages.has(name)) return []
  return [
    { path, message: `there is no message ${name}`, fix: `write one of ${[...profile.messages.keys()].join(', ')}` },
  ]
}

function missingParams({ params }: SerialProfile, template: string, path: Path): readonly ProfileProblem[] {
  return [...template.matchAll(/\{([a-z][a-z0-9_]*)\}/g)].flatMap(([, name = '']) => {
    if (params.has(name)) return []
    const fix = `declare it: params: { ${name}: { description: … } }`
    return [{ path, message: `there is no param ${name}`, fix }]
  })
}
