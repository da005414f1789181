import type { Quality } from '@lineside/contract'
import { describeChain, type ReadPdu, type Sunspec, type SunspecChain } from '@lineside/device-profiles'
import { markRest, type PolledDevice, type PollOutcome, type ProbeOutcome } from '../../poll/outcome.ts'
import type { Turn } from '../../poll/schedule.ts'
import type { RefusedRead } from '../../poll/status.ts'
import type { ModbusDeviceOptions } from '../modbus/device.ts'
import { scheduledPoints } from '../scheduled-points.ts'
import { type LocatedDevice, locateDevice } from './located.ts'
import { ModelLook } from './look.ts'

/** Why a poll has no values. */
interface Failure extends ProbeOutcome {
  readonly quality: Quality
}

/**
 * A Modbus unit whose points lie where its SunSpec models do. It is looked at before its first poll, when it was away,
 * when it refuses something, and when a poll shows that a model is no longer where it was: it may be another device then.
 */
export function createSunspecDevice(options: ModbusDeviceOptions, sunspec: Sunspec): PolledDevice {
  const { config, transport, clock, random, log } = options
  const points = scheduledPoints(config)
  const watched = points.filter(point => point.urgent).map(point => point.name)
  const gapMs = Math.max(options.gapMs, options.profile.limits.gapMs)
  const ask = (query: ReadPdu) => transport.request(config.unitId, query, gapMs)
  const models = new ModelLook(sunspec.models, clock, random)

  let located: LocatedDevice | undefined
  let flaw: string | undefined
  let lostAs: Quality = 'bad:communication'
  /** Something was said of every point, as long as nobody knew which it has. */
  let toldOfAll = false
  /** Points of which something was said and that it turned out not to have: said once more, to take it back. */
  let takenBack: readonly string[] = []

  return {
    name: config.name,
    points,
    read,
    probe,
    returned: () => located?.polled.returned?.(),
    refused: () => located?.polled.refused?.() ?? nothing,
    absent: () => located?.absent ?? none,
    flaw: () => flaw ?? located?.polled.flaw?.(),
    restsUntilMs: () => located?.polled.restsUntilMs?.(),
  }

  async function read(turn: Turn): Promise<PollOutcome> {
    for (let tries = 0; tries < 2; tries++) {
      const failure = models.isDue ? await look() : undefined
      if (!located) return without(turn, failure ?? (await askMarker()))
      if (failure && !failure.answered) return without(turn, failure)
      const outcome = await located.read(turn)
      if (outcome !== 'moved') return taken(turn, outcome)
      models.soon()
    }
    const text = 'its SunSpec models changed while they were read'
    return without(turn, { answered: true, text, quality: 'bad:malformed' })
  }

  async function probe(): Promise<ProbeOutcome> {
    const outcome = located ? await located.polled.probe() : await askMarker()
    if (outcome.answered) models.soon()
    // Asked only of a device that is offline, of which all points were said to be bad.
    toldOfAll ||= !located
    return outcome
  }

  /** Looks for its models; says what went wrong. */
  async function look(): Promise<Failure | undefined> {
    const walked = await models.go(ask)
    if (walked.kind === 'found') return found(walked.chain, walked.remark)
    if (walked.kind === 'lost') return lost(walked.reason, walked.refused ? 'bad:refused' : 'bad:malformed')
    if (walked.kind === 'broken') return { ...walked, quality: 'bad:communication' }
    return { answered: true, text: 'its SunSpec models are being looked for', quality: 'bad:communication' }
  }

  function found(chain: SunspecChain, remark: string | undefined): Failure | undefined {
    if (JSON.stringify(located?.chain) === JSON.stringify(chain)) return undefined
    const words = describeChain(chain)
    const next = locateDevice(options, chain)
    if (!next) {
      models.later()
      return lost(`it has none of the wanted points: ${words}`, 'bad:not_available')
    }
    const had = toldOfAll ? points.map(point => point.name) : [...(located?.present ?? [])]
    takenBack = had.filter(name => next.absent.has(name))
    toldOfAll = false
    located = next
    const missing = watched.filter(name => next.absent.has(name))
    flaw = missing.length === 0 ? undefined : `it does not have ${missing.join(', ')}, which alarms look at; ${words}`
    const more = remark === undefined ? {} : { remark }
    log?.info({ device: config.name, models: words, points: next.present.size, ...more }, 'SunSpec models found')
    return undefined
  }

  function lost(reason: string, quality: Quality): Failure {
    if (flaw !== reason) log?.warn({ device: config.name, reason }, 'SunSpec models not found')
    located = undefined
    flaw = reason
    lostAs = quality
    return { answered: true, text: reason, quality }
  }

  async function askMarker(): Promise<Failure> {
    const { answered, text } = await models.askMarker(ask)
    return answered ? { answered, text: flaw, quality: lostAs } : { answered, text, quality: 'bad:communication' }
  }

  /** A watched point that it doesn't have is told as such: an alarm on it would wait for ever. */
  function taken(turn: Turn, outcome: PollOutcome): PollOutcome {
    const hasRefused = Object.values(outcome.quality ?? {}).includes('bad:refused')
    models.polled(hasRefused, Object.keys(outcome.values).length > 0)
    const missing = watched.filter(name => located?.absent.has(name) === true && turn.points.includes(name))
    if (missing.length + takenBack.length === 0) return outcome
    const quality: Record<string, Quality> = { ...outcome.quality }
    markRest([...missing, ...takenBack], {}, quality, 'bad:not_available')
    takenBack = []
    return { ...outcome, quality }
  }

  function without({ points: wanted }: Turn, { answered, text, quality: bad }: Failure): PollOutcome {
    toldOfAll ||= !located
    const quality: Record<string, Quality> = {}
    const has = wanted.filter(name => !located?.absent.has(name))
    markRest(has, {}, quality, bad)
    return { values: {}, quality, answered, text }
  }
}

const nothing: readonly RefusedRead[] = []
const none: ReadonlySet<string> = new Set()
