import type { Value } from '@lineside/contract'
import type { Decoded } from '../decoded.ts'
import { ProfileError } from '../error.ts'
import type { ProfileTestFailure } from '../protocol.ts'
import { allReadings, describe, compareReadings } from '../values/compare.ts'
import { quantise } from '../values/point-writer.ts'
import { sampleValues } from '../values/sample-value.ts'
import { withDefaults } from '../values/scaling.ts'
import { bytesOf } from './bytes.ts'
import { compileSerial } from './compile.ts'
import { decodeWhole, isLoss } from './decode-whole.ts'
import { encodeSerialMessage } from './encode.ts'
import type { SerialPoint, SerialProfile, SerialVector } from './profile.ts'

/** Runs a profile's own tests through framer and decoder; an empty list: all passed. */
export function runSerialTests(profile: SerialProfile): readonly ProfileTestFailure[] {
  const vectors = profile.tests.flatMap((vector, test) =>
    failures(profile, vector).map(message => ({ where: `tests ${test}`, message })),
  )
  return [...vectors, ...roundTrips(profile)]
}

function failures(profile: SerialProfile, vector: SerialVector): readonly string[] {
  const compiled = compileSerial(profile, { params: vector.params })
  const all = decodeWhole(profile.framing, compiled, bytesOf(vector.input))
  const decoded = all.at(-1)
  if (all.length === 0 || all.slice(0, -1).some(one => one !== undefined) || isLoss(decoded)) {
    return [`the input makes ${all.length} frames, not one behind others of no interest`]
  }
  const outcome = decoded === undefined ? 'ignored' : decoded.ok ? undefined : decoded.reason
  if (outcome !== vector.outcome) {
    const why = decoded?.ok === false ? ` (${decoded.text})` : ''
    return [`expected ${vector.outcome ?? 'readings'}, got ${outcome ?? 'readings'}${why}`]
  }
  return decoded?.ok ? [...compareReadings(decoded, vector.expect), ...compareTimes(decoded, vector)] : []
}

function compareTimes({ t, stamped = [] }: Decoded, vector: SerialVector): readonly string[] {
  const times = new Map(
    stamped.flatMap(one => Object.keys({ ...one.values, ...one.quality }).map(name => [name, one.t] as const)),
  )
  const own = [...new Set([...times.keys(), ...vector.times.keys()])].map(name => ({
    of: `time of ${name}`,
    wanted: vector.times.get(name),
    found: times.get(name),
  }))
  return [{ of: 'source time', wanted: vector.t, found: t }, ...own]
    .filter(({ wanted, found }) => wanted !== found)
    .map(({ of, wanted, found }) => `${of}: expected ${wanted}, got ${found}`)
}

/** 2025-11-13 20:57:57 UTC. */
const anyTime = 1_763_067_477_000

/** decode(encode(x)) = what survives of x, for every point in each of its messages, where they have room for x. */
function roundTrips(profile: SerialProfile): readonly ProfileTestFailure[] {
  const params = withDefaults(profile.params, {})
  return [...profile.points.values()].flatMap(point =>
    point.from.flatMap(source =>
      sampleValues(point).flatMap(value => {
        const unit = source.unit === undefined ? undefined : [...point.units.keys()][0]
        const wanted = quantise(point, value, unit === undefined ? { params } : { params, unit })
        const bytes = encodePoint(profile, source.message, point, value)
        if (bytes === undefined) return []
        const decoded = decodeWhole(profile.framing, compileSerial(profile, { params }), bytes).at(-1)
        const found =
          decoded !== undefined && !isLoss(decoded) && decoded.ok ? allReadings(decoded).values[point.name] : undefined
        if (found === wanted) return []
        const message = `expected ${describe(wanted, undefined)}, got ${describe(found, undefined)}`
        return [{ where: `round trip: ${point.name} in ${source.message}`, message }]
      }),
    ),
  )
}

/**
 * A message with one point alone, or, where its form has no room for blanks, with any values of the others. Undefined: its
 * form has no room for this value either, so that the device can't say it.
 */
function encodePoint(
  profile: SerialProfile,
  message: string,
  point: SerialPoint,
  value: Value,
): Uint8Array | undefined {
  const statuses = profile.messages.get(message)?.statuses ?? []
  const others = [...profile.points.values()].filter(other =>
    other.from.some(from => from.message === message && !statuses.some(status => status.field === from.field)),
  )
  const samples = others.map(other => [other.name, sampleValues(other)[0] ?? 0] as const)
  return (
    attempt(profile, message, { [point.name]: value }) ??
    attempt(profile, message, { ...Object.fromEntries(samples), [point.name]: value })
  )
}

function attempt(
  profile: SerialProfile,
  message: string,
  values: Readonly<Record<string, Value>>,
): Uint8Array | undefined {
  try {
    return encodeSerialMessage(profile, message, values, { t: anyTime })
  } catch (error) {
    if (error instanceof ProfileError && error.code === 'not_encodable') return undefined
    throw error
  }
}
