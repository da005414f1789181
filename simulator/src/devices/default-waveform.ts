import type { Value } from '@lineside/contract'
import type { DeviceProfile } from '@lineside/device-profiles'
import type { Quantise } from '../ledger/nudge.ts'
import { counter } from '../waveforms/counter.ts'
import { noise } from '../waveforms/noise.ts'
import { randomAt } from '../waveforms/random-at.ts'
import { sine } from '../waveforms/sine.ts'
import { steps } from '../waveforms/steps.ts'
import type { Waveform, WaveformSources } from '../waveforms/waveform.ts'

type AnyPoint = DeviceProfile['points'] extends ReadonlyMap<string, infer P> ? P : never

/** Places to swing between where the profile names no range: the first that the point can say. */
const bands = [
  [20, 80],
  [2, 8],
  [0.2, 0.8],
  [0, 1],
] as const

/** A waveform that suits a point's type, unit and range, so that a profile plays without a word about its points. */
export function defaultWaveform(point: AnyPoint, quantise: Quantise, sources: WaveformSources): Waveform {
  const seconds = 30 + Math.floor(randomAt(sources.seed, 1) * 90)
  const every = seconds * 250
  switch (point.type) {
    case 'bool':
      return steps({ values: [false, true], every, order: 'random' }, sources)
    case 'enum':
    case 'bitfield': {
      const names = [...point.names.values()].filter(value => says(quantise, value))
      const first = names[0] ?? (says(quantise, '0') ? '0' : '')
      return steps({ values: [first, ...names.slice(1)], every, order: 'cycle' }, sources)
    }
    case 'string':
      return () => 'SIM'
    default:
      return numeric(point, quantise, sources, seconds)
  }
}

function numeric(point: AnyPoint, quantise: Quantise, sources: WaveformSources, seconds: number): Waveform {
  const [low, high] = point.range ?? [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]
  // Energy and the like only rises: kW.h, var.h, A.h.
  if (point.unit?.endsWith('.h') === true && high > 1e5 && says(quantise, 1100)) {
    const start = 1000 + Math.floor(randomAt(sources.seed, 2) * 100)
    return counter({ start, per_second: 0.05 })
  }
  const width = high - low
  const band = Number.isFinite(width)
    ? ([low + width * 0.3, low + width * 0.6] as const)
    : (bands.find(([from, to]) => from >= low && to <= high && says(quantise, from) && says(quantise, to)) ?? [0, 0])
  const [min, max] = says(quantise, band[0]) && says(quantise, band[1]) ? band : [low, low]
  const phase = randomAt(sources.seed, 3)
  const swing = sine({ min, max, period: seconds * 1000, phase })
  return noise({ of: swing, spread: (max - min) * 0.003 }, sources)
}

/** Whether a point can say a value, or one near it. */
function says(quantise: Quantise, value: Value): boolean {
  const said = quantise(value)
  if (typeof value !== 'number') return said === value
  return typeof said === 'number' && Math.abs(said - value) <= Math.max(Math.abs(value) * 0.2, 0.01)
}
