import type { Quality } from '@lineside/contract'
import {
  bases,
  ChainWalk,
  describeChain,
  isMarker,
  isUnitDead,
  markerRead,
  type ReadPdu,
  type Sunspec,
  type SunspecChain,
} from '@lineside/device-profiles'
import type { RefusedRead } from '../poll/status.ts'
import { type BackoffPolicy, backoffDelay } from '../poll/backoff.ts'
import { markRest, type PolledDevice, type PollOutcome, type ProbeOutcome } from '../poll/outcome.ts'
import type { Turn } from '../poll/schedule.ts'
import { describeRead } from './describe-read.ts'
import type { ModbusDeviceOptions } from './modbus-device.ts'
import { scheduledPoints } from './scheduled-points.ts'
import { type LocatedDevice, locateDevice } from './sunspec-located.ts'
import { goOn } from './sunspec-walk.ts'

/** Of looking again where no models were found. */
const lostPolicy: BackoffPolicy = { baseMs: 10_000, maxMs: 300_000 }
/** Of looking again because something is refused. */
const refusedPolicy: BackoffPolicy = { baseMs: 60_000, maxMs: 3_600_000 }
/** Reads that a poll may spend on looking for models; with more to find the next poll goes on. */
const mostReads = 24

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

  let located: LocatedDevice | undefined
  let flaw: string | undefined
  let lostAs: Quality = 'bad:communication'
  /** It had no marker, so that one that it shows is news. */
  let hadNoMarker = true
  /** A look at its models that is due or under way. */
  let walk: ChainWalk | undefined = new ChainWalk(sunspec.models)
  let walkAtMs = 0
  let attempt = 0
  /** Points of which something was said that the device turned out not to have: said once more, to take it back. */
  let takenBack: readonly string[] = []
  let toldOfAll = false
  /** Which base is tried first: the one that it was found at, another where there was silence. */
  let first = 0

  return {
    name: config.name,
    points,
    read,
    probe,
    refused: () => located?.polled.refused?.() ?? nothing,
    absent: () => located?.absent ?? none,
    flaw: () => flaw,
  }

  async function read(turn: Turn): Promise<PollOutcome> {
    for (let tries = 0; tries < 2; tries++) {
      const failure = await look()
      if (!located) return without(turn, failure ?? (await askMarker()))
      if (failure && !failure.answered) return without(turn, failure)
      const outcome = await located.read(turn)
      if (outcome !== 'moved') return taken(turn, outcome)
      lookAgain(clock.monotonic())
    }
    const text = 'its SunSpec models changed while they were read'
    return without(turn, { answered: true, text, quality: 'bad:malformed' })
  }

  async function probe(): Promise<ProbeOutcome> {
    const outcome = located ? await located.polled.probe() : await askMarker()
    if (outcome.answered) lookAgain(clock.monotonic())
    // Asked only of a device that is offline, of which all points were said to be bad.
    toldOfAll ||= !located
    return outcome
  }

  /** A walk that is under way goes on. */
  function lookAgain(atMs: number): void {
    walk ??= new ChainWalk(sunspec.models, first)
    walkAtMs = atMs
  }

  function startAgain(policy: BackoffPolicy): void {
    walk = new ChainWalk(sunspec.models, first)
    walkAtMs = clock.monotonic() + backoffDelay(policy, attempt++, random)
  }

  /** A device that gives nothing any more is another one, or has its models elsewhere now. */
  function lookAtRefusing(refusesAll: boolean): void {
    const isNews = refusesAll && attempt === 0
    startAgain(refusedPolicy)
    if (isNews) walkAtMs = clock.monotonic()
  }

  /** Looks for its models where that is due; says what went wrong. */
  async function look(): Promise<Failure | undefined> {
    if (!walk || clock.monotonic() < walkAtMs) return undefined
    const isBeginning = !walk.isInChain
    const walked = await goOn(walk, mostReads, ask)
    if (walked.kind === 'found') return found(walked.chain, walked.remark)
    if (walked.kind === 'unfinished') {
      return { answered: true, text: 'its SunSpec models are being looked for', quality: 'bad:communication' }
    }
    if (walked.kind === 'lost') {
      hadNoMarker = !walk.isInChain
      return lost(walked.reason, walked.refused ? 'bad:refused' : 'bad:malformed')
    }
    if (isBeginning && !walk.isInChain && !walked.answered) tryNextBase()
    if (walked.answered) startAgain(lostPolicy)
    else walk = new ChainWalk(sunspec.models, first)
    return { ...walked, quality: 'bad:communication' }
  }

  function found(chain: SunspecChain, remark: string | undefined): Failure | undefined {
    walk = undefined
    first = Math.max(
      0,
      bases.findIndex(base => base === chain.base),
    )
    const models = describeChain(chain)
    if (JSON.stringify(located?.chain) === JSON.stringify(chain)) return undefined
    const next = locateDevice(options, chain)
    if (!next) return lost(`it has none of the wanted points: ${models}`, 'bad:not_available')
    const had = toldOfAll ? points.map(point => point.name) : [...(located?.present ?? [])]
    takenBack = had.filter(name => next.absent.has(name))
    toldOfAll = false
    located = next
    attempt = 0
    const missing = watched.filter(name => next.absent.has(name))
    flaw = missing.length === 0 ? undefined : `it does not have ${missing.join(', ')}, which alarms look at; ${models}`
    const more = remark === undefined ? {} : { remark }
    log?.info({ device: config.name, models, points: next.present.size, ...more }, 'SunSpec models found')
    return undefined
  }

  function lost(reason: string, quality: Quality): Failure {
    if (flaw !== reason) log?.warn({ device: config.name, reason }, 'SunSpec models not found')
    located = undefined
    flaw = reason
    lostAs = quality
    startAgain(lostPolicy)
    return { answered: true, text: reason, quality }
  }

  function tryNextBase(): void {
    first = (first + 1) % bases.length
  }

  /** While no models are known and none are looked for: whether it answers, and perhaps it has the marker by now. */
  async function askMarker(): Promise<Failure> {
    const marker = markerRead(bases[first] ?? 0)
    const result = await ask(marker)
    if (result.ok && hadNoMarker && isMarker(result.data)) lookAgain(clock.monotonic())
    const answered = result.ok || (result.kind === 'exception' && !isUnitDead(result.exception))
    if (answered) return { answered, text: flaw, quality: lostAs }
    tryNextBase()
    return { answered, text: `${describeRead(marker)}: ${result.ok ? '' : result.text}`, quality: 'bad:communication' }
  }

  /** A watched point that it doesn't have is told as such: an alarm on it would wait for ever. */
  function taken(turn: Turn, outcome: PollOutcome): PollOutcome {
    const isRefused = Object.values(outcome.quality ?? {}).includes('bad:refused')
    if (!isRefused) attempt = 0
    else if (!walk) lookAtRefusing(Object.keys(outcome.values).length === 0)
    const missing = watched.filter(name => located?.absent.has(name) === true && turn.points.includes(name))
    if (missing.length + takenBack.length === 0) return outcome
    const quality: Record<string, Quality> = { ...outcome.quality }
    markRest([...missing, ...takenBack], {}, quality, 'bad:not_available')
    takenBack = []
    return { ...outcome, quality }
  }

  function without({ points: wanted }: Turn, { answered, text, quality: bad }: Failure): PollOutcome {
    const quality: Record<string, Quality> = {}
    toldOfAll ||= !located
    const has = wanted.filter(name => !located?.absent.has(name))
    markRest(has, {}, quality, bad)
    return { values: {}, quality, answered, text }
  }
}

const nothing: readonly RefusedRead[] = []
const none: ReadonlySet<string> = new Set()
