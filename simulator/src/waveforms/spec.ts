import { duration } from '@lineside/settings'
import { z } from 'zod'
import { type ConstantSettings, constant, constantSchema } from './constant.ts'
import { type CorrelatedSettings, correlated, correlatedSchema } from './correlated.ts'
import { type CounterSettings, counter, counterSchema } from './counter.ts'
import { type DriftSettings, drift, driftSchema } from './drift.ts'
import { noise, spreadSchema } from './noise.ts'
import { type ReplaySettings, replay, replaySchema } from './replay.ts'
import { type SineSettings, sine, sineSchema } from './sine.ts'
import { type StepsSettings, steps, stepsSchema } from './steps.ts'
import { stuck } from './stuck.ts'
import type { Waveform, WaveformSources } from './waveform.ts'

/** A waveform as the plant file writes it: exactly one of these keys. */
export interface WaveformSpec {
  readonly constant?: ConstantSettings | undefined
  readonly sine?: SineSettings | undefined
  readonly drift?: DriftSettings | undefined
  readonly steps?: StepsSettings | undefined
  readonly counter?: CounterSettings | undefined
  readonly correlated?: CorrelatedSettings | undefined
  readonly replay?: ReplaySettings | undefined
  readonly noise?: { readonly of: WaveformSpec; readonly spread: number } | undefined
  readonly stuck?: { readonly of: WaveformSpec; readonly at: number; readonly for?: number | undefined } | undefined
}

export const waveformKinds = [
  'constant',
  'sine',
  'drift',
  'steps',
  'noise',
  'stuck',
  'correlated',
  'counter',
  'replay',
] as const
export type WaveformKind = (typeof waveformKinds)[number]

/** A bare value is a constant: `temperature: 20.5`. */
function fromBareValue(written: unknown): unknown {
  return typeof written === 'object' || written === undefined ? written : { constant: written }
}

export const waveformSchema: z.ZodType<WaveformSpec> = z.lazy(() =>
  z.preprocess(
    fromBareValue,
    z
      .strictObject({
        constant: constantSchema.optional(),
        sine: sineSchema.optional(),
        drift: driftSchema.optional(),
        steps: stepsSchema.optional(),
        counter: counterSchema.optional(),
        correlated: correlatedSchema.optional(),
        replay: replaySchema.optional(),
        noise: z.strictObject({ of: waveformSchema, spread: spreadSchema }).optional(),
        stuck: z.strictObject({ of: waveformSchema, at: duration, for: duration.optional() }).optional(),
      })
      .check(context => {
        const given = waveformKinds.filter(kind => context.value[kind] !== undefined)
        if (given.length === 1 || (given.length === 0 && context.issues.length > 0)) return
        const found = given.length === 0 ? 'no waveform' : `${given.join(' and ')} at once`
        const message = `${found}; write one of ${waveformKinds.join(', ')}`
        context.issues.push({ code: 'custom', input: context.value, message })
      }),
  ),
)

type Builder = (spec: WaveformSpec, sources: WaveformSources) => Waveform | undefined

/** Every waveform there is: adding one is adding a file and a line here and in the schema. */
const builders: Readonly<Record<WaveformKind, Builder>> = {
  constant: ({ constant: s }) => (s === undefined ? undefined : constant(s)),
  sine: ({ sine: s }) => s && sine(s),
  drift: ({ drift: s }, sources) => s && drift(s, sources),
  steps: ({ steps: s }, sources) => s && steps(s, sources),
  noise: ({ noise: s }, sources) => s && noise({ of: buildWaveform(s.of, sources), spread: s.spread }, sources),
  stuck: ({ stuck: s }, sources) =>
    s &&
    stuck({
      of: buildWaveform(s.of, sources),
      atMs: s.at,
      ...(s.for === undefined ? {} : { forMs: s.for }),
    }),
  correlated: ({ correlated: s }, sources) => s && correlated(s, sources),
  counter: ({ counter: s }) => s && counter(s),
  replay: ({ replay: s }, sources) => s && replay(s, sources),
}

/** The function that a checked specification stands for. */
export function buildWaveform(spec: WaveformSpec, sources: WaveformSources): Waveform {
  for (const kind of waveformKinds) {
    const built = builders[kind](spec, sources)
    if (built) return built
  }
  throw new TypeError('a waveform specification without a kind')
}
