import {
  compileModbusReader,
  isUnitDead,
  type ModbusProfile,
  type Readings,
  type ReadRequest,
  replyBytes,
} from '@lineside/device-profiles'
import type { DeviceConfig } from '../config/types.ts'
import { markRest, type PolledDevice, type PollOutcome, type ProbeOutcome } from '../poll/outcome.ts'
import type { Turn } from '../poll/schedule.ts'
import { splitRefused } from './modbus-split.ts'
import type { ModbusResult, ModbusTransport } from './modbus-result.ts'
import { scheduledPoints } from './scheduled-points.ts'

export interface ModbusDeviceOptions {
  readonly config: DeviceConfig
  readonly profile: ModbusProfile
  readonly transport: ModbusTransport
  /** Silence between an answer and the next request that the line wants. */
  readonly gapMs: number
  /** Requests of this device that may be under way together. */
  readonly inFlight: number
}

interface Progress {
  readonly into: Readings
  readonly queue: ReadRequest[]
  /** Requests that the next poll of the same turn sends. */
  readonly plan: ReadRequest[]
  answered: boolean
  /** The device or its line went silent: nothing more is asked in this poll. */
  silent: boolean
  text: string | undefined
}

/** Plans are cached by turn; when there are more turns than this the cache starts again from empty. */
const maxPlans = 64

/** One Modbus unit. Throws ProfileError where the profile wants a param that nobody gave. */
export function createModbusDevice(options: ModbusDeviceOptions): PolledDevice {
  const { config, profile, transport, inFlight } = options
  const reader = compileModbusReader(profile, { params: config.params })
  const points = scheduledPoints(config)
  const urgent = new Set(points.filter(p => p.urgent).map(p => p.name))
  const gapMs = Math.max(options.gapMs, profile.limits.gapMs)
  const plans = new Map<number, readonly ReadRequest[]>()
  /** Points whose request is not split again: all of its parts were refused as well. */
  const unsplittable = new Set<string>()
  const cheapest = cheapestOf(reader.plan(points.map(p => p.name)))

  return { name: config.name, points, read, probe }

  async function read(turn: Turn): Promise<PollOutcome> {
    const plan = planFor(turn)
    const progress: Progress = {
      into: { values: {}, quality: undefined },
      queue: [...plan],
      plan: [],
      answered: false,
      silent: false,
      text: undefined,
    }
    if (inFlight === 1 || plan.length === 1) await work(progress)
    else await Promise.all(Array.from({ length: Math.min(inFlight, plan.length) }, () => work(progress)))
    if (progress.plan.length > plan.length && !progress.silent) plans.set(turn.key, progress.plan)
    const { into, answered, text } = progress
    return { values: into.values, quality: completed(turn, into), answered, text }
  }

  async function work(progress: Progress): Promise<void> {
    for (;;) {
      const request = progress.silent ? undefined : progress.queue.shift()
      if (!request) return
      take(progress, request, await ask(request))
    }
  }

  function ask(request: ReadRequest): Promise<ModbusResult> {
    return transport.request(config.unitId, request, gapMs)
  }

  function take(progress: Progress, request: ReadRequest, result: ModbusResult): void {
    if (result.ok) {
      progress.answered = true
      progress.plan.push(request)
      request.decode(result.data, progress.into)
      return
    }
    progress.text ??= `${describe(request)}: ${result.text}`
    if (result.kind !== 'exception' || isUnitDead(result.exception)) {
      progress.silent = true
      if (result.kind === 'malformed') mark(progress.into, request.points, 'bad:malformed')
      return
    }
    progress.answered = true
    const parts = result.exception === 2 || result.exception === 3 ? splitRefused(reader, request, unsplittable) : []
    if (parts.length > 0) {
      progress.queue.unshift(...parts)
      return
    }
    progress.plan.push(request)
    mark(progress.into, request.points, 'bad:refused')
  }

  function planFor(turn: Turn): readonly ReadRequest[] {
    let plan = plans.get(turn.key)
    if (!plan) {
      const rank = (request: ReadRequest) =>
        request.points.length === 0 ? 2 : Number(request.points.some(p => urgent.has(p)))
      plan = reader.plan(turn.points).toSorted((a, b) => rank(b) - rank(a))
      if (plans.size >= maxPlans) plans.clear()
      plans.set(turn.key, plan)
    }
    return plan
  }

  async function probe(): Promise<ProbeOutcome> {
    if (!cheapest) return { answered: false, text: 'no points to read' }
    const result = await ask(cheapest)
    if (result.ok) return { answered: true }
    const answered = result.kind === 'exception' && !isUnitDead(result.exception)
    return { answered, text: `${describe(cheapest)}: ${result.text}` }
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

const tables = { 1: 'coil', 2: 'discrete input', 3: 'holding register', 4: 'input register' } as const

function describe({ functionCode, address, count }: ReadRequest): string {
  return `${tables[functionCode]} ${address}${count > 1 ? ` to ${address + count - 1}` : ''}`
}

function cheapestOf(requests: readonly ReadRequest[]): ReadRequest | undefined {
  return requests.toSorted((a, b) => replyBytes(a) - replyBytes(b))[0]
}
