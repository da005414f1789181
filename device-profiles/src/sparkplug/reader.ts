import type { Decoded } from '../decoded.ts'
import type { Params } from '../values/point.ts'
import { type PointReader, pointReader } from '../values/point-reader.ts'
import { setQuality, type Readings } from '../values/readings.ts'
import { fillParams, withDefaults } from '../values/scaling.ts'
import type { NamedMetric } from './node-state.ts'
import { metricValue } from './payload.ts'
import type { SparkplugProfile } from './profile.ts'

/** What metrics of one source time said. */
export interface SparkplugReadings extends Decoded {
  /** From the past: it is stored, and says nothing of what is now. */
  readonly historical: boolean
  /** Why a point has no value though its metric had one, for the engineer. */
  readonly unreadable?: string
}

export interface CompiledSparkplug {
  /** Readings by their source time, in the order in which they came; metrics that are no point are passed over. */
  read(metrics: readonly NamedMetric[], payloadTime: number | undefined): readonly SparkplugReadings[]
}

interface Building extends Readings {
  ok: true
  t?: number
  historical: boolean
  unreadable?: string
}

/** 2020-01-01 and 2100-01-01: a node that says anything else doesn't know the time. */
const earliest = 1_577_836_800_000
const latest = 4_102_444_800_000

/** Throws ProfileError (`unknown_param`) where a param has neither a value nor a default. */
export function compileSparkplug(profile: SparkplugProfile, given: Params): CompiledSparkplug {
  const params = withDefaults(profile.params, given)
  const readers = new Map<string, { readonly name: string; readonly read: PointReader }[]>()
  for (const point of profile.points.values()) {
    const metric = fillParams(point.metric, params)
    const sharing = readers.get(metric) ?? []
    sharing.push({ name: point.name, read: pointReader(point, params) })
    readers.set(metric, sharing)
  }
  return {
    read(metrics, payloadTime) {
      const groups = new Map<string, Building>()
      for (const { name, datatype, metric } of metrics) {
        const points = readers.get(name)
        if (!points) continue
        const t = plausible(metric.timestamp) ?? plausible(payloadTime)
        const key = `${t ?? ''} ${metric.historical}`
        let into = groups.get(key)
        if (!into) {
          into = { ok: true, values: {}, historical: metric.historical, ...(t !== undefined && { t }) }
          groups.set(key, into)
        }
        const value = metricValue(metric, datatype)
        for (const { name: point, read } of points) {
          if (typeof value === 'object' && value !== null) {
            into.unreadable ??= `metric ${name}: ${value.unreadable}`
            setQuality(into, point, 'bad:malformed')
          } else if (typeof value === 'number' && !Number.isFinite(value)) setQuality(into, point, 'bad:not_available')
          else read(into, value, 'none')
        }
      }
      return [...groups.values()]
    },
  }
}

function plausible(t: number | undefined): number | undefined {
  return t !== undefined && t >= earliest && t < latest ? t : undefined
}
