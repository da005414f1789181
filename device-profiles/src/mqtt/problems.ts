import { type ProfileProblem, textPointProblems } from '../values/resolve-point.ts'
import { parsePath } from './json-path.ts'
import type { MqttBits, MqttMessage, MqttPoint, MqttProfile } from './profile.ts'
import { filterProblem } from './topic-matches.ts'

type Place = readonly (string | number)[]

/** What is wrong in an MQTT profile though its shape is right. */
export function mqttProblems(profile: MqttProfile): readonly ProfileProblem[] {
  return [
    ...[...profile.messages.values()].flatMap(message => messageProblems(profile, message)),
    ...[...profile.points.values()].flatMap(point => pointProblems(profile, point)),
  ]
}

function messageProblems(profile: MqttProfile, message: MqttMessage): readonly ProfileProblem[] {
  const place = ['messages', message.name]
  const filter = filterProblem(message.topic.replaceAll(/\{[a-z][a-z0-9_]*\}/g, 'x'))
  const users = [...profile.points.values()].filter(point => point.from.some(from => from.message === message.name))
  const paths = [
    ...[...message.match.keys()].map(path => ({ path, key: 'match' })),
    ...(message.time ? [{ path: message.time.path, key: 'time' }] : []),
    ...(message.available?.path === undefined ? [] : [{ path: message.available.path, key: 'available' }]),
    ...(message.frame?.path === undefined ? [] : [{ path: message.frame.path, key: 'frame' }]),
  ]
  const problems: ProfileProblem[] = [
    ...(filter === undefined ? [] : [{ path: [...place, 'topic'], message: filter }]),
    ...paramProblems(profile, message.topic, [...place, 'topic']),
    ...paths.flatMap(({ path, key }) => pathProblems(profile, path, [...place, key])),
  ]
  if (users.length === 0 && message.available === undefined) {
    const fix = 'write a point with from: { message, path }, or remove it'
    problems.push({ path: place, message: 'no point comes from this message', fix })
  }
  if (message.payload === 'text' && paths.length > 0) {
    problems.push({ path: place, message: 'a text payload has no paths', fix: 'write payload: json' })
  }
  if (message.payload === 'text' && message.frame === undefined && users.length > 1) {
    const fix = 'give each its own message'
    problems.push({ path: place, message: 'a text payload holds one point', fix })
  }
  return problems
}

function pointProblems(profile: MqttProfile, point: MqttPoint): readonly ProfileProblem[] {
  const place = ['points', point.name, 'from']
  const namesUnit = point.from.every(from => from.unit !== undefined)
  return [
    ...textPointProblems(point, namesUnit, profile.params),
    ...point.from.flatMap(({ message: name, path, unit, bits }) => {
      const message = profile.messages.get(name)
      if (message === undefined) {
        const fix = `write one of ${[...profile.messages.keys()].join(', ')}`
        return [{ path: place, message: `there is no message ${name}`, fix }]
      }
      if (bits) return bitsProblems(point, bits, message, path ?? unit)
      if ((path === undefined) !== (message.payload === 'text')) {
        const fix = 'JSON needs a path, text has none'
        return [{ path: place, message: `message ${name} is ${message.payload}`, fix }]
      }
      return [path, unit].flatMap(text => (text === undefined ? [] : pathProblems(profile, text, place)))
    }),
  ]
}

function bitsProblems(
  point: MqttPoint,
  bits: MqttBits,
  { name, frame }: MqttMessage,
  path: string | undefined,
): readonly ProfileProblem[] {
  const place = ['points', point.name]
  if (frame === undefined) {
    const fix = 'write frame: { path, bytes } there'
    return [{ path: [...place, 'from'], message: `message ${name} has no frame`, fix }]
  }
  const problems: ProfileProblem[] = []
  if (path !== undefined) {
    problems.push({ path: [...place, 'from'], message: 'bits stand in the frame', fix: 'remove path and unit' })
  }
  if (bits.first < frame.prefix.length * 4 || bits.first + bits.count > frame.bytes * 8) {
    const fix = 'count bits from 0, the most significant of the first byte'
    problems.push({ path: [...place, 'from'], message: 'the bits are not between prefix and end of the frame', fix })
  }
  if (!['integer', 'bool', 'enum'].includes(point.type)) {
    const message = `bits are no ${point.type}`
    problems.push({ path: [...place, 'type'], message, fix: 'write integer, or bool or enum with names' })
  }
  return problems
}

function pathProblems(profile: MqttProfile, path: string, place: Place): readonly ProfileProblem[] {
  const parsed = parsePath(path)
  if (parsed.ok) return paramProblems(profile, path, place)
  const [message = '', fix] = parsed.problem.split('; ')
  return [{ path: place, message, ...(fix === undefined ? {} : { fix }) }]
}

function paramProblems(profile: MqttProfile, template: string, place: Place): readonly ProfileProblem[] {
  return [...template.matchAll(/\{([a-z][a-z0-9_]*)\}/g)].flatMap(([, name = '']) => {
    if (name === 'topic' || profile.params.has(name)) return []
    const fix = `declare it: params: { ${name}: { description: … } }`
    return [{ path: place, message: `there is no param ${name}`, fix }]
  })
}
