import type { Quality, Value } from '@lineside/contract'
import type { CompiledSerial, SerialProfile, SerialRequest } from '@lineside/device-profiles'
import type { DeviceConfig } from '../../config/types.ts'
import { markRest, type PolledDevice, type PollOutcome, type ProbeOutcome } from '../../poll/outcome.ts'
import type { Turn } from '../../poll/schedule.ts'
import { scheduledPoints } from '../scheduled-points.ts'
import type { SerialLine, SerialResult } from './line.ts'

interface Step {
  readonly request: SerialRequest
  /** Points of the turn that its answer brings. */
  readonly points: ReadonlySet<string>
}

/** A device on a byte stream that answers when it is asked. */
export function createSerialDevice(
  config: DeviceConfig,
  profile: SerialProfile,
  compiled: CompiledSerial,
  line: SerialLine,
): PolledDevice {
  const points = scheduledPoints(config)
  const plans = new Map<number, readonly Step[]>()
  return { name: config.name, points, read, probe }

  async function read(turn: Turn): Promise<PollOutcome> {
    let steps = turn.key === undefined ? undefined : plans.get(turn.key)
    if (!steps) {
      steps = planSteps(profile, compiled, turn.points)
      if (turn.key !== undefined) plans.set(turn.key, steps)
    }
    const values: Record<string, Value> = {}
    const quality: Record<string, Quality> = {}
    let answered = false
    let text: string | undefined
    let t: number | undefined
    for (const step of steps) {
      const result = await line.ask(step.request, compiled)
      if (result.ok) t = result.decoded.t ?? t
      else text ??= result.text
      take(result, step, values, quality)
      answered ||= isAnswer(result)
      if (!isAnswer(result)) break
    }
    markRest(turn.points, values, quality, 'bad:communication')
    return { values, quality: Object.keys(quality).length > 0 ? quality : undefined, answered, text, t }
  }

  async function probe(): Promise<ProbeOutcome> {
    const [step] = planSteps(
      profile,
      compiled,
      points.map(p => p.name),
    )
    if (!step) return { answered: false, text: 'the profile has no request for these points' }
    const result = await line.ask(step.request, compiled)
    return result.ok ? { answered: true } : { answered: isAnswer(result), text: result.text }
  }
}

/** The device is there: it answered, if only that it won't, or something that was damaged on the way. */
function isAnswer(result: SerialResult): boolean {
  return result.ok || result.answer !== undefined
}

function take(
  result: SerialResult,
  { points }: Step,
  values: Record<string, Value>,
  quality: Record<string, Quality>,
): void {
  for (const name of points) {
    if (!result.ok) {
      if (result.answer) quality[name] = `bad:${result.answer.reason}`
      continue
    }
    const value = result.decoded.values[name]
    const mark = result.decoded.quality?.[name]
    if (value !== undefined) values[name] = value
    if (mark !== undefined) quality[name] = mark
  }
}

/** The profile's requests that bring something of `points` which none before them brings. */
function planSteps(profile: SerialProfile, compiled: CompiledSerial, points: readonly string[]): readonly Step[] {
  const missing = new Set(points)
  return compiled.requests.flatMap(request => {
    const brought = [...missing].filter(name =>
      profile.points.get(name)?.from.some(source => request.answers.has(source.message)),
    )
    for (const name of brought) missing.delete(name)
    return brought.length > 0 ? [{ request, points: new Set(brought) }] : []
  })
}
