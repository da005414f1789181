import { durationBetween, name, duration } from '@lineside/settings'
import { z } from 'zod'
import { constantSchema } from '../waveforms/constant.ts'
import { spreadSchema } from '../waveforms/noise.ts'
import type { Happening } from './timeline.ts'

const happeningKeys = ['set', 'ramp', 'noise', 'stuck', 'silent', 'resume'] as const

const yes = z.literal(true, { error: 'only true makes sense here; write true, or remove the line' })

/** One thing that happens to a device or a point: exactly one of set, ramp, noise, stuck, silent, resume. */
export const scenarioSchema = z
  .strictObject({
    at: duration,
    device: name,
    point: name.optional(),
    every: durationBetween('100ms', '365d').optional(),
    for: duration.optional(),
    set: constantSchema.optional(),
    ramp: z.strictObject({ to: z.number(), over: duration }).optional(),
    noise: z.strictObject({ spread: spreadSchema }).optional(),
    stuck: yes.optional(),
    silent: yes.optional(),
    resume: yes.optional(),
  })
  .check(context => {
    const given = happeningKeys.filter(key => context.value[key] !== undefined)
    const [kind] = given
    const refuse = (message: string) => context.issues.push({ code: 'custom', input: context.value, message })
    if (kind === undefined || given.length > 1) {
      if (kind === undefined && context.issues.length > 0) return
      const found = kind === undefined ? 'nothing happens' : `${given.join(' and ')} at once`
      refuse(`${found}; write one of ${happeningKeys.join(', ')}`)
      return
    }
    const hasPoint = context.value.point !== undefined
    if (kind === 'silent' && hasPoint) refuse('a device is silent as a whole; remove point')
    if (kind !== 'silent' && kind !== 'resume' && !hasPoint)
      refuse(`${kind} happens to a point; write point: and its name`)
  })
export type ScenarioSettings = z.infer<typeof scenarioSchema>

/** What the settings mean for the timeline of a point, or of a device's silence. */
export function happeningOf(settings: ScenarioSettings): Happening {
  if (settings.set !== undefined) return { kind: 'set', value: settings.set }
  if (settings.ramp) return { kind: 'ramp', to: settings.ramp.to, overMs: settings.ramp.over }
  if (settings.noise) return { kind: 'noise', spread: settings.noise.spread }
  if (settings.stuck) return { kind: 'stuck' }
  return settings.silent ? { kind: 'set', value: true } : { kind: 'resume' }
}
