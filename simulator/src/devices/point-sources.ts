import type { Value } from '@lineside/contract'
import type { Quantise } from '../ledger/nudge.ts'
import type { PlantDevice } from '../plant/plant.ts'
import { happeningOf, type ScenarioSettings } from '../scenario/scenario-schema.ts'
import { timeline, type TimelineEvent } from '../scenario/timeline.ts'
import { seedFor } from '../waveforms/random-at.ts'
import { buildWaveform } from '../waveforms/spec.ts'
import type { Waveform, WaveformSources } from '../waveforms/waveform.ts'
import { defaultWaveform } from './default-waveform.ts'

export interface PlayOptions {
  readonly seed: number
  /** Cells of a column of a CSV file. */
  readonly column: WaveformSources['column']
}

/** What a device wants to say: a waveform for each point, and whether it answers at all. */
export interface PointSources {
  readonly points: ReadonlyMap<string, Waveform>
  /** At `tMs` since the plant began. */
  isSilent(tMs: number): boolean
}

/** Waveforms with their scenarios. `quantise` says what the point can express; only defaults need it. */
export function pointSources(
  device: PlantDevice,
  quantise: (point: string, value: Value) => Value | undefined,
  options: PlayOptions,
): PointSources {
  const points = new Map<string, Waveform>()
  const pointNamed = (name: string): Waveform => {
    // Looked up when it is asked, so that a point may follow one that comes later.
    let found: Waveform | undefined
    return tMs => (found ??= points.get(name))?.(tMs) ?? 0
  }
  for (const [name, point] of device.profile.points) {
    const seed = seedFor(options.seed, device.name, name)
    const sources: WaveformSources = { seed, point: pointNamed, column: options.column }
    const spec = device.points.get(name)
    const says: Quantise = value => quantise(name, value)
    const base = spec ? buildWaveform(spec, sources) : defaultWaveform(point, says, sources)
    const events = device.scenarios.filter(scenario => scenario.point === name || endsEverything(scenario))
    points.set(name, timeline(base, events.map(toEvent), seed))
  }
  const silences = device.scenarios.filter(scenario => scenario.silent === true || endsEverything(scenario))
  const silence = timeline(() => false, silences.map(toEvent), 0)
  return { points, isSilent: tMs => silence(tMs) === true }
}

function endsEverything(scenario: ScenarioSettings): boolean {
  return scenario.resume === true && scenario.point === undefined
}

function toEvent(scenario: ScenarioSettings): TimelineEvent {
  return {
    atMs: scenario.at,
    ...(scenario.every === undefined ? {} : { everyMs: scenario.every }),
    ...(scenario.for === undefined ? {} : { forMs: scenario.for }),
    happening: happeningOf(scenario),
  }
}
