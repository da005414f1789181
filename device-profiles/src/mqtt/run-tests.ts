import type { ProfileTestFailure } from '../protocol.ts'
import { compareReadings, describe } from '../values/compare.ts'
import { fillParams } from '../values/scaling.ts'
import { quantise } from '../values/point-writer.ts'
import { sampleValues } from '../values/sample-value.ts'
import { compileMqtt, mqttParams } from './compile.ts'
import { encodeMqttMessages } from './encode.ts'
import type { MqttProfile, MqttVector } from './profile.ts'

/** Runs a profile's own tests; an empty list: all passed. */
export function runMqttTests(profile: MqttProfile): readonly ProfileTestFailure[] {
  const vectors = profile.tests.flatMap((vector, test) =>
    failures(profile, vector).map(message => ({ where: `tests ${test}`, message })),
  )
  return [...vectors, ...roundTrips(profile)]
}

function failures(profile: MqttProfile, vector: MqttVector): readonly string[] {
  const device = { topic: profile.topic.example, params: vector.params }
  const topic = fillParams(vector.topic, { ...vector.params, topic: device.topic })
  const payload = new TextEncoder().encode(vector.payload)
  const decoded = compileMqtt(profile, device).map(topic, payload, { retained: vector.retained })
  const outcome = decoded === undefined ? 'ignored' : decoded.ok ? undefined : decoded.reason
  if (outcome !== vector.outcome) {
    const why = decoded?.ok === false ? ` (${decoded.text})` : ''
    return [`expected ${vector.outcome ?? 'readings'}, got ${outcome ?? 'readings'}${why}`]
  }
  if (!decoded?.ok) return []
  return [
    ...compareReadings(decoded, vector.expect),
    ...(decoded.t === vector.t ? [] : [`source time: expected ${vector.t}, got ${decoded.t}`]),
    ...(decoded.available === vector.available
      ? []
      : [`available: expected ${vector.available}, got ${decoded.available}`]),
  ]
}

/** decode(encode(x)) = what survives of x, for every point. */
function roundTrips(profile: MqttProfile): readonly ProfileTestFailure[] {
  const device = { topic: profile.topic.example, params: {} }
  const params = mqttParams(profile, device)
  const compiled = compileMqtt(profile, device)
  return [...profile.points.values()].flatMap(point =>
    sampleValues(point).flatMap(value => {
      const [unit] = point.units.keys()
      const wanted = quantise(point, value, unit === undefined ? { params } : { params, unit })
      const [message] = encodeMqttMessages(profile, device, { [point.name]: value })
      const decoded = message && compiled.map(message.topic, message.payload, { retained: false })
      const found = decoded?.ok ? decoded.values[point.name] : undefined
      if (found === wanted) return []
      const text = `expected ${describe(wanted, undefined)}, got ${describe(found, undefined)}`
      return [{ where: `round trip: ${point.name}`, message: text }]
    }),
  )
}
