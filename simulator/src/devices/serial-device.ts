import type { Value } from '@lineside/contract'
import {
  type CompiledSerial,
  compileSerial,
  decodeWhole,
  encodeSerialMessage,
  isLoss,
  quantise,
  type SerialPoint,
  type SerialProfile,
} from '@lineside/device-profiles'
import { DistinctTuples } from '../ledger/distinct.ts'
import type { PlantDevice } from '../plant/plant.ts'
import { attempt, paramsOf, shortened } from './encoding.ts'
import { type PlayOptions, type PointSources, pointSources } from './point-sources.ts'
import type { TextMessage } from './text-message.ts'

/** A question that a responder knows, and what it answers. */
export interface SerialQuestion {
  readonly bytes: Uint8Array
  readonly answer: TextMessage<Uint8Array>
}

/** What a device on a serial line says: by itself, or when asked. */
export interface SerialDevice {
  readonly name: string
  readonly everyMs: number
  /** Empty: it talks by itself. */
  readonly questions: readonly SerialQuestion[]
  /** What a talker sends each time; empty for a responder. */
  readonly messages: readonly TextMessage<Uint8Array>[]
  /** What a client finds first on the line: the end of a line whose beginning it missed. */
  readonly greeting: Uint8Array
  readonly sources: PointSources
}

/** Throws ProfileError `unknown_param`. `now` gives UTC milliseconds, for profiles with a source time. */
export function serialDevice(
  device: PlantDevice,
  profile: SerialProfile,
  now: () => number,
  options: PlayOptions,
): SerialDevice {
  const params = paramsOf(profile, device.params)
  const compiled = compileSerial(profile, { params })
  const says = (name: string, value: Value, message?: string) => {
    const point = profile.points.get(name)
    if (point === undefined) return undefined
    const unit = unitIn(point, message)
    return attempt(() => quantise(point, shortened(point, value), { params, ...(unit === undefined ? {} : { unit }) }))
  }
  const sources = pointSources(device, says, options)
  const messageNamed = (name: string): TextMessage<Uint8Array> => {
    const points = movingIn(profile, name).map(point => ({
      name: point.name,
      waveform: sources.points.get(point.name) ?? (() => 0),
      quantise: (value: Value) => says(point.name, value, name),
    }))
    return {
      device: device.name,
      points,
      distinct: new DistinctTuples(points.map(point => point.quantise)),
      encode: values => encodeSerialMessage(profile, name, values, { params, t: now() }),
      decode: bytes => decodeOwn(profile, compiled, bytes),
    }
  }

  const first = new Set([...profile.points.values()].map(point => point.from[0]?.message))
  const sending = [...profile.messages.values()]
    .filter(({ ignore, refuse }) => !ignore && refuse === undefined)
    .map(({ name }) => name)
    .filter(name => device.messages?.includes(name) ?? first.has(name))
  const questions = compiled.requests.flatMap(({ bytes, answers }) => {
    const answer = sending.find(message => answers.has(message))
    return answer === undefined ? [] : [{ bytes, answer: messageNamed(answer) }]
  })
  const isTalker = compiled.requests.length === 0
  return {
    name: device.name,
    everyMs: device.everyMs,
    questions,
    messages: isTalker ? sending.map(messageNamed) : [],
    greeting: Buffer.from(greetingOf(profile), 'latin1'),
    sources,
  }
}

/** Points whose values an encoder writes into a message; one that lies in a status field follows from the status. */
function movingIn(profile: SerialProfile, message: string): SerialPoint[] {
  const statuses = profile.messages.get(message)?.statuses ?? []
  const isStatus = (field: string) => statuses.some(status => status.field === field)
  return [...profile.points.values()].filter(point =>
    point.from.some(source => source.message === message && !isStatus(source.field)),
  )
}

/** The unit that an encoder writes: the first that the point knows, where the message names one. */
function unitIn(point: SerialPoint, message: string | undefined): string | undefined {
  const source = message === undefined ? point.from[0] : point.from.find(from => from.message === message)
  return source?.unit === undefined ? undefined : [...point.units.keys()][0]
}

function decodeOwn({ framing }: SerialProfile, compiled: CompiledSerial, bytes: Uint8Array) {
  const last = decodeWhole(framing, compiled, bytes).at(-1)
  return isLoss(last) ? undefined : last
}

function greetingOf({ framing }: SerialProfile): string {
  if (framing.kind !== 'lines' || framing.first === 'keep') return ''
  return framing.terminator === 'any' ? '\r\n' : framing.terminator
}
