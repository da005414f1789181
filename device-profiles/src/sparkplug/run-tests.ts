import type { ProfileTestFailure } from '../protocol.ts'
import { compareReadings, describe } from '../values/compare.ts'
import { fillParams, withDefaults } from '../values/scaling.ts'
import { sampleValues } from '../values/sample-value.ts'
import { SparkplugNodeState } from './node-state.ts'
import { decodePayload, encodePayload } from './payload.ts'
import type { SparkplugProfile, SparkplugVector } from './profile.ts'
import { compileSparkplug, type SparkplugReadings } from './reader.ts'
import { SparkplugSpeaker } from './speaker.ts'
import { parseSparkplugTopic } from './topic.ts'

const place = { group: 'group', node: 'node', device: 'device' }
const timestamp = 1_763_700_000_000

/** Runs a profile's own tests; an empty list: all passed. */
export function runSparkplugTests(profile: SparkplugProfile): readonly ProfileTestFailure[] {
  const vectors = profile.tests.flatMap((vector, test) =>
    failures(profile, vector).map(message => ({ where: `tests ${test}`, message })),
  )
  return [...vectors, ...roundTrips(profile)]
}

function failures(profile: SparkplugProfile, vector: SparkplugVector): readonly string[] {
  const params = withDefaults(profile.params, vector.params)
  const metrics = [...vector.metrics].map(([name, metric]) => ({ name: fillParams(name, params), ...metric }))
  const payload = encodePayload({ timestamp, metrics, seq: 0 })
  const [decoded] = hear(profile, vector.params, [{ topic: 'spBv1.0/group/NBIRTH/node', payload }])
  return compareReadings(decoded ?? { ok: true, values: {} }, vector.expect)
}

/** decode(encode(x)) by alias, after a birth, for every point. */
function roundTrips(profile: SparkplugProfile): readonly ProfileTestFailure[] {
  const speaker = new SparkplugSpeaker(profile, place, {})
  return [...profile.points.values()].flatMap(point =>
    sampleValues(point).flatMap(value => {
      speaker.begin(timestamp)
      const said = [...speaker.births(timestamp), speaker.data(timestamp, { [point.name]: value })]
      const found = hear(profile, {}, said).at(-1)?.values[point.name]
      // A single float keeps some seven digits.
      const near =
        typeof value === 'number' && typeof found === 'number' && Math.abs(found - value) <= Math.abs(value) * 1e-6
      if (found === value || near) return []
      const text = `expected ${describe(value, undefined)}, got ${describe(found, undefined)}`
      return [{ where: `round trip: ${point.name}`, message: text }]
    }),
  )
}

function hear(
  profile: SparkplugProfile,
  params: SparkplugVector['params'],
  messages: readonly { readonly topic: string; readonly payload: Uint8Array }[],
): readonly SparkplugReadings[] {
  const state = new SparkplugNodeState()
  const reader = compileSparkplug(profile, params)
  return messages.flatMap(({ topic, payload }) => {
    const parsed = parseSparkplugTopic(topic)
    const decoded = decodePayload(payload)
    if (!parsed || !decoded.ok) return []
    const { metrics } = state.receive(parsed.type, parsed.device, decoded.payload)
    return reader.read(metrics, decoded.payload.timestamp)
  })
}
