import type { Decoded } from '../decoded.ts'
import type { ProfileTestFailure } from '../protocol.ts'
import { allReadings, describe, compareReadings } from '../values/compare.ts'
import { quantise } from '../values/point-writer.ts'
import { sampleValues } from '../values/sample-value.ts'
import { withDefaults } from '../values/scaling.ts'
import { bytesOf } from './bytes.ts'
import { compileSerial } from './compile.ts'
import { createFramer } from './create-framer.ts'
import { encodeSerialMessage } from './encode.ts'
import type { Framing, SerialProfile, SerialVector } from './profile.ts'

/** Runs a profile's own tests through framer and decoder; an empty list: all passed. */
export function runSerialTests(profile: SerialProfile): readonly ProfileTestFailure[] {
  const vectors = profile.tests.flatMap((vector, test) =>
    failures(profile, vector).map(message => ({ where: `tests ${test}`, message })),
  )
  return [...vectors, ...roundTrips(profile)]
}

function failures(profile: SerialProfile, vector: SerialVector): readonly string[] {
  const frames = createFramer(fromTheBeginning(profile.framing)).push(bytesOf(vector.input))
  const [frame] = frames
  if (frames.length !== 1 || frame?.kind !== 'frame') return [`the input makes ${frames.length} frames, not one`]
  const decoded = compileSerial(profile, { params: vector.params }).decode(frame.bytes)
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

function fromTheBeginning(framing: Framing): Framing {
  return framing.kind === 'lines' ? { ...framing, first: 'keep' } : framing
}

/** 2025-11-13 20:57:57 UTC. */
const anyTime = 1_763_067_477_000

/** decode(encode(x)) = what survives of x, for every point in each of its messages. */
function roundTrips(profile: SerialProfile): readonly ProfileTestFailure[] {
  const params = withDefaults(profile.params, {})
  return [...profile.points.values()].flatMap(point =>
    point.from.flatMap(source =>
      sampleValues(point).flatMap(value => {
        const unit = source.unit === undefined ? undefined : [...point.units.keys()][0]
        const wanted = quantise(point, value, unit === undefined ? { params } : { params, unit })
        const bytes = encodeSerialMessage(profile, source.message, { [point.name]: value }, { t: anyTime })
        const [frame] = createFramer(fromTheBeginning(profile.framing)).push(bytes)
        const decoded = frame?.kind === 'frame' ? compileSerial(profile, { params }).decode(frame.bytes) : undefined
        const found = decoded?.ok ? allReadings(decoded).values[point.name] : undefined
        if (found === wanted) return []
        const message = `expected ${describe(wanted, undefined)}, got ${describe(found, undefined)}`
        return [{ where: `round trip: ${point.name} in ${source.message}`, message }]
      }),
    ),
  )
}
