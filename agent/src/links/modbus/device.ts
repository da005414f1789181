import type { Clock } from '@lineside/contract'
import {
  compileModbusReader,
  isUnitDead,
  type ModbusProfile,
  type Readings,
  type ReadRequest,
  replyBytes,
} from '@lineside/device-profiles'
import type { Logger } from 'pino'
import type { DeviceConfig } from '../../config/types.ts'
import type { DeviceMemory } from '../../intake.ts'
import { markRest, type PolledDevice, type PollOutcome, type ProbeOutcome } from '../../poll/outcome.ts'
import type { Turn } from '../../poll/schedule.ts'
import { describeRead } from './describe-read.ts'
import { createModbusPlans, type Pass } from './plans.ts'
import { ModbusRefusals } from './refusals.ts'
import type { ModbusResult, ModbusTransport } from './result.ts'
import { scheduledPoints } from '../scheduled-points.ts'

export interface ModbusDeviceOptions {
  readonly config: DeviceConfig
  readonly profile: ModbusProfile
  readonly transport: ModbusTransport
  /** Silence between an answer and the next request that the line wants. */
  readonly gapMs: number
  /** Requests of this device that may be under way together. */
  readonly inFlight: number
  readonly clock: Clock
  readonly random: () => number
  /** Told of reads that must be made in parts. */
  readonly log?: Logger | undefined
  /** Where what it refuses is remembered. */
  readonly memory?: DeviceMemory | undefined
}

interface Progress {
  readonly into: Readings
  readonly pass: Pass
  answered: boolean
  /** The device or its line went silent: nothing more is asked in this poll. */
  silent: boolean
  text: string | undefined
  notBeforeMs: number | undefined
}

/** One Modbus unit. Throws ProfileError where the profile wants a param that nobody gave. */
export function createModbusDevice(options: ModbusDeviceOptions): PolledDevice {
  const { config, profile, transport, inFlight, clock, random, log } = options
  const reader = compileModbusReader(profile, { params: config.params })
  const points = scheduledPoints(config)
  const gapMs = Math.max(options.gapMs, profile.limits.gapMs)
  const identity = [profile.profile, profile.version, config.link, config.unitId].join(' ')
  const memory = options.memory?.of(config.name, identity)
  const refusals = new ModbusRefusals({ reader, clock, random, saved: memory?.recall() })
  const urgent = new Set(points.filter(p => p.urgent).map(p => p.name))
  const learned = () => {
    memory?.keep(refusals.save())
    const parts = refusals.inWords()
    if (parts.length > 0) log?.info({ device: config.name, parts }, 'device is read in parts')
  }
  const names = points.map(p => p.name)
  const restChanged = (request: ReadRequest, rests: boolean) => {
    const about = { device: config.name, read: describeRead(request) }
    if (rests) log?.warn(about, 'read is not answered, and rests')
    else log?.info(about, 'read is answered again')
  }
  const plans = createModbusPlans({ reader, points: names, urgent, refusals, clock, learned, restChanged })
  const cheapest = cheapestOf(reader.plan(names))
  const ask = (request: ReadRequest) => transport.request(config.unitId, request, gapMs)

  return {
    name: config.name,
    points,
    read,
    probe,
    returned: () => plans.returned(),
    refused: () => refusals.groups,
    flaw: () => plans.unanswered(),
    restsUntilMs: () => plans.restsUntilMs(),
  }

  async function read(turn: Turn): Promise<PollOutcome> {
    const pass = plans.begin(turn)
    const into: Readings = { values: {}, quality: undefined }
    const progress: Progress = { into, pass, answered: false, silent: false, text: undefined, notBeforeMs: undefined }
    const workers = Math.min(inFlight, pass.queue.length)
    if (workers <= 1) await work(progress)
    else await Promise.all(Array.from({ length: workers }, () => work(progress)))
    const { answered, text, notBeforeMs } = progress
    const isWell = plans.end(turn, pass, answered)
    if (pass.refused.length > 0) mark(into, pass.refused, 'bad:refused')
    // Where nothing was left out and all was answered, each point has been decoded to something.
    const quality = text === undefined && !pass.rests ? into.quality : completed(turn, into)
    const outcome = { values: into.values, quality, answered, text }
    if (isWell) return { ...outcome, wantsAll: true }
    return notBeforeMs === undefined ? outcome : { ...outcome, notBeforeMs }
  }

  async function work(progress: Progress): Promise<void> {
    for (;;) {
      const request = progress.silent ? undefined : progress.pass.queue.shift()
      if (!request) return
      take(progress, request, await ask(request))
    }
  }

  function take(progress: Progress, request: ReadRequest, result: ModbusResult): void {
    const { into, pass } = progress
    if (result.ok) {
      progress.answered = true
      plans.answered(pass, request)
      request.decode(result.data, into)
      return
    }
    if (result.kind === 'exception' && !isUnitDead(result.exception)) {
      progress.answered = true
      if (plans.refused(pass, request, result.exception)) return
      mark(into, request.points, 'bad:refused')
    } else if (result.kind === 'timeout') {
      plans.silent(pass, request, !progress.answered)
      progress.silent ||= !progress.answered
      progress.notBeforeMs = result.lateUntilMs
    } else {
      progress.silent = true
      if (result.kind === 'malformed') mark(into, request.points, 'bad:malformed')
    }
    progress.text ??= `${describeRead(request)}: ${result.text}`
  }

  async function probe(): Promise<ProbeOutcome> {
    if (!cheapest) return { answered: false, text: 'no points to read' }
    const result = await ask(cheapest)
    if (result.ok) return { answered: true }
    const answered = result.kind === 'exception' && !isUnitDead(result.exception)
    return { answered, text: `${describeRead(cheapest)}: ${result.text}` }
  }
}

function completed(turn: Turn, into: Readings): Readings['quality'] {
  const quality = into.quality ?? {}
  markRest(turn.points, into.values, quality, 'bad:communication')
  for (const _ in quality) return quality
  return undefined
}

function mark(into: Readings, points: readonly string[], quality: 'bad:refused' | 'bad:malformed'): void {
  into.quality ??= {}
  for (const point of points) into.quality[point] = quality
}

function cheapestOf(requests: readonly ReadRequest[]): ReadRequest | undefined {
  return requests.toSorted((a, b) => replyBytes(a) - replyBytes(b))[0]
}
