import type { ProfileBase } from '../profile-base.ts'
import { resolveTextPoint } from '../values/resolve-point.ts'
import type { Checksum, Framing, SerialMessage, SerialPoint, SerialProfile, SerialTime } from './profile.ts'
import { layoutOf } from './resolve-layout.ts'
import type { RawSerial } from './schema.ts'

const nmea: Checksum = {
  type: 'xor8',
  start: '$',
  end: '*',
  inclusive: false,
  dropsZeros: false,
  optional: false,
}

/** Writes every default out. */
export function resolveSerial(raw: RawSerial, base: ProfileBase): SerialProfile {
  const checksum = checksumOf(raw)
  const talks = Object.keys(raw.polls).length === 0
  return {
    ...base,
    protocol: 'serial',
    serial: {
      ...(raw.serial.baud === undefined ? {} : { baud: raw.serial.baud }),
      ...(raw.serial.parity === undefined ? {} : { parity: raw.serial.parity }),
      ...(raw.serial.data_bits === undefined ? {} : { dataBits: raw.serial.data_bits }),
      ...(raw.serial.stop_bits === undefined ? {} : { stopBits: raw.serial.stop_bits }),
    },
    ...(raw.silent_after === undefined ? {} : { silentAfterMs: raw.silent_after }),
    framing: framingOf(raw, talks && checksum === undefined),
    ...(checksum === undefined ? {} : { checksum }),
    polls: mapOf(raw.polls, (name, { send, timeout, every, answers }) => ({
      name,
      send,
      timeoutMs: timeout,
      ...(every === undefined ? {} : { everyMs: every }),
      answers,
    })),
    messages: mapOf(raw.messages, messageOf),
    others: raw.others ?? (checksum === undefined ? 'refuse' : 'ignore'),
    points: mapOf(raw.points, pointOf),
    tests: raw.tests.map(({ expect, times, outcome, t, source, ...test }) => ({
      ...test,
      times: new Map(Object.entries(times)),
      ...(t === undefined ? {} : { t }),
      expect: new Map(Object.entries(expect)),
      ...(outcome === undefined ? {} : { outcome }),
      ...(source === undefined ? {} : { source }),
    })),
  }
}

function mapOf<A, B>(record: Readonly<Record<string, A>>, make: (name: string, value: A) => B): ReadonlyMap<string, B> {
  return new Map(Object.entries(record).map(([name, value]) => [name, make(name, value)]))
}

function checksumOf({ checksum }: RawSerial): Checksum | undefined {
  if (checksum === undefined) return undefined
  if (checksum === 'nmea') return nmea
  const { drops_zeros: dropsZeros, ...rest } = checksum
  return { ...rest, dropsZeros }
}

/** `unsure`: nothing but the framing could notice a line that is cut off at its beginning. */
function framingOf({ framing }: RawSerial, unsure: boolean): Framing {
  if ('lines' in framing) {
    const { lines: terminator, max_length: maxLength, first = unsure ? 'discard' : 'keep' } = framing
    return { kind: 'lines', terminator, maxLength, first }
  }
  if ('fixed' in framing) {
    return { kind: 'fixed', length: framing.fixed, start: framing.start, end: framing.end }
  }
  const { start, end, tail, keep_marks: keepMarks, max_length: maxLength } = framing
  return { kind: 'marked', start, end, tail, keepMarks, maxLength }
}

function messageOf(name: string, raw: RawSerial['messages'][string]): SerialMessage {
  const kind = {
    ...(raw.time === undefined ? {} : { time: timeOf(raw.time) }),
    statuses: raw.status.map(({ field, values }) => ({ field, values: new Map(Object.entries(values)) })),
    ...(raw.refuse === undefined ? {} : { refuse: raw.refuse }),
    ignore: raw.ignore,
  }
  return { name, layout: layoutOf(raw), ...kind }
}

function timeOf({ field, as, utc_offset: utcOffset }: NonNullable<RawSerial['messages'][string]['time']>): SerialTime {
  return { ...(field === undefined ? {} : { field }), forms: as, utcOffset }
}

function pointOf(name: string, raw: RawSerial['points'][string]): SerialPoint {
  const from = (Array.isArray(raw.from) ? raw.from : [raw.from]).map(({ message, field, unit, time, when }) => ({
    message,
    field,
    when: new Map(Object.entries(when)),
    ...(unit === undefined ? {} : { unit }),
    ...(time === undefined ? {} : { time }),
  }))
  return { ...resolveTextPoint(name, raw), protocol: 'serial', from, ignoresStatus: raw.ignores_status }
}
