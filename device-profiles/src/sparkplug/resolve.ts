import type { ProfileBase } from '../profile-base.ts'
import type { TextPoint } from '../values/point.ts'
import { type ProfileProblem, resolveTextPoint, textPointProblems } from '../values/resolve-point.ts'
import { integers, type ScalarType } from './datatypes.ts'
import type { SparkplugPoint, SparkplugProfile } from './profile.ts'
import type { RawSparkplug } from './schema.ts'

/** Writes every default out. */
export function resolveSparkplug(raw: RawSparkplug, base: ProfileBase): SparkplugProfile {
  return {
    ...base,
    protocol: 'sparkplug',
    ...(raw.silent_after === undefined ? {} : { silentAfterMs: raw.silent_after }),
    points: new Map(Object.entries(raw.points).map(([name, point]) => [name, pointOf(name, point)])),
    tests: raw.tests.map(({ metrics, expect, source, params }) => ({
      metrics: new Map(Object.entries(metrics)),
      params,
      expect: new Map(Object.entries(expect)),
      ...(source === undefined ? {} : { source }),
    })),
  }
}

function pointOf(name: string, raw: RawSparkplug['points'][string]): SparkplugPoint {
  const point = resolveTextPoint(name, raw)
  return { ...point, protocol: 'sparkplug', metric: raw.metric, datatype: raw.datatype ?? usualDatatype(point) }
}

function usualDatatype({ type, names }: TextPoint): ScalarType {
  if (type === 'number') return 'Double'
  if (type === 'integer') return 'Int64'
  if (type === 'bool' && names.size === 0) return 'Boolean'
  return 'String'
}

/** What is wrong in a Sparkplug profile though its shape is right. */
export function sparkplugProblems(profile: SparkplugProfile): readonly ProfileProblem[] {
  return [...profile.points.values()].flatMap(point => [
    ...textPointProblems(point, false, profile.params),
    ...typeProblems(point),
    ...[...point.metric.matchAll(/\{([a-z][a-z0-9_]*)\}/g)].flatMap(([, param = '']) => {
      if (profile.params.has(param)) return []
      const fix = `declare it: params: { ${param}: { description: … } }`
      return [{ path: ['points', point.name, 'metric'], message: `there is no param ${param}`, fix }]
    }),
  ])
}

function typeProblems({ name, type, datatype, names }: SparkplugPoint): readonly ProfileProblem[] {
  const path = ['points', name, 'type']
  if (type === 'nmea_degrees') return [{ path, message: 'a metric is no nmea_degrees', fix: 'write number' }]
  const numeric = type === 'number' || type === 'integer'
  const isNumber = integers[datatype] !== undefined || datatype === 'Float' || datatype === 'Double'
  const fits = numeric ? isNumber : type === 'bool' && names.size === 0 ? datatype === 'Boolean' : true
  if (fits) return []
  const message = `datatype ${datatype} is no ${type}`
  return [{ path: ['points', name, 'datatype'], message, fix: 'remove it, or write one that is' }]
}
