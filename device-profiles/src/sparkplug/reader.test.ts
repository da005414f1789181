import { formatProblem } from '@lineside/settings'
import { expect, test } from 'vitest'
import { loadYaml } from '../values/testing.ts'
import { SparkplugNodeState } from './node-state.ts'
import { decodePayload, encodePayload, type NewMetric } from './payload.ts'
import type { SparkplugProfile } from './profile.ts'
import { compileSparkplug } from './reader.ts'

const t = 1_763_700_000_000

function load(text: string): { profile: SparkplugProfile | undefined; problems: string[] } {
  const { profile, problems } = loadYaml('sparkplug', text)
  return { profile: profile?.protocol === 'sparkplug' ? profile : undefined, problems: problems.map(formatProblem) }
}

function read(points: string, metrics: readonly NewMetric[]) {
  const { profile, problems } = load(`points: { ${points} }`)
  if (!profile) throw new Error(problems.join('\n'))
  const payload = decodePayload(encodePayload({ timestamp: t, metrics, seq: 0 }))
  if (!payload.ok) throw new Error(payload.text)
  const outcome = new SparkplugNodeState().receive('NBIRTH', undefined, payload.payload)
  return compileSparkplug(profile, {}).read(outcome.metrics, payload.payload.timestamp)
}

const temperature = 'temp: { metric: T, type: number, unit: Cel, scale: 0.1, range: [-40, 120] }'

test.each<[string, Partial<NewMetric>, object]>([
  ['a value is scaled into the unit', { type: 'Int16', value: -215 }, { values: { temp: -21.5 } }],
  ['null is not available', { value: null }, { quality: { temp: 'bad:not_available' } }],
  ['NaN is not available', { type: 'Float', value: Number.NaN }, { quality: { temp: 'bad:not_available' } }],
  ['what is not plausible has no value', { value: 5000 }, { quality: { temp: 'bad:out_of_range' } }],
  ['another type is malformed', { type: 'Boolean', value: true }, { quality: { temp: 'bad:malformed' } }],
  ['a text with a number in it is one', { type: 'String', value: '215' }, { values: { temp: 21.5 } }],
])('%s', (_name, metric, expected) => {
  expect(read(temperature, [{ name: 'T', type: 'Double', value: 0, ...metric }])).toMatchObject([{ t, ...expected }])
})

const metric = (name: string, timestamp: number, more: Partial<NewMetric> = {}): NewMetric => ({
  name,
  timestamp,
  type: 'Double',
  value: 1,
  ...more,
})

test('metrics of other times and those of the past are readings of their own', () => {
  const points = 'a: { metric: A, type: number }, b: { metric: B, type: number }'
  const readings = read(points, [
    metric('A', t + 1),
    metric('B', t + 1),
    metric('A', t + 1, { historical: true }),
    metric('B', t - 9),
    // Without a plausible time of its own that of the payload counts.
    metric('A', 5),
  ])
  expect(readings.map(({ t: at, historical, values }) => [at, historical, Object.keys(values)])).toEqual([
    [t + 1, false, ['a', 'b']],
    [t + 1, true, ['a']],
    [t - 9, false, ['b']],
    [t, false, ['a']],
  ])
})

test('integers beyond 2^53 keep all digits', () => {
  const [reading] = read('n: { metric: N, type: integer }', [{ name: 'N', type: 'UInt64', value: 2n ** 64n - 1n }])
  expect(reading?.values).toEqual({ n: 18_446_744_073_709_551_615n })
})

test.each([
  [
    'a: { metric: A, type: number, datatype: String }',
    'points.a.datatype: datatype String is no number; remove it, or write one that is',
  ],
  [
    'a: { metric: "{x}", type: number }',
    'points.a.metric: there is no param x; declare it: params: { x: { description: … } }',
  ],
  [
    'a: { metric: A, type: nmea_degrees, units: { N: 1 } }',
    'points.a.units: units and the place of the unit belong together; write units: { text: factor } and unit: under from',
  ],
  ['a: { metric: A, type: enum }', 'points.a: names is missing; write names: { text: name }'],
  ['a: { type: number }', 'points.a: metric is missing; write a text'],
])('the profile with %s is refused', (points, problem) => {
  expect(load(`points: { ${points} }`).problems.map(line => line.replace(/^\S+ /, ''))).toContain(problem)
})
