import {
  ChainWalk,
  compileTrial,
  decodeIdentification,
  describeChain,
  type Fit,
  isUnitDead,
  locate,
  type SunspecProfile,
  type ProfileTrial,
  rankFits,
  type RankedFit,
  type ReadPdu,
  type TrialAnswer,
} from '@lineside/device-profiles'
import { goOn } from '../links/sunspec/walk.ts'
import type { OpenLine } from './open-line.ts'

/** What a unit may be. */
export interface Candidates {
  readonly trials: readonly ProfileTrial[]
  /** Profiles of SunSpec devices, which can't be tried before their models are found. */
  readonly chained: readonly SunspecProfile[]
}

/** What could be found out about a unit. */
export interface Recognised {
  /** What it says of itself (function 43/14), by object. */
  readonly told: ReadonlyMap<number, string>
  /** Profiles that it may be, best first. */
  readonly fits: readonly RankedFit[]
  /** Not everything was asked: the unit went silent, or it was ended early. */
  readonly cutShort: boolean
}

/** Requests for what it is, per unit. */
const mostTold = 8
/** So many reads in a row without an answer, and a unit is left alone. */
const mostSilent = 5
/** Profiles of which every point is read. */
const mostInFull = 8
/** Of each of them so many requests at most. */
const mostRequests = 16

/** Finds out what a unit is: by what it says of itself, and by how its registers fit each profile. */
export async function recognise(line: OpenLine, unitId: number, { trials, chained }: Candidates): Promise<Recognised> {
  const told = await askForNames(line, unitId)
  const walked = await walkEach(line, unitId, chained)
  const unit = new AskedUnit(line, unitId)
  for (const { identity, requests } of trials) {
    for (const read of [...identity, ...requests.slice(0, 1)]) await unit.ask(read)
  }
  const tried = trials.map(trial => ({ trial, fit: trial.judge(unit.answerTo) }))
  const promising = tried
    .filter(({ fit }) => fit.identified === true || (fit.bits > 0 && fit.good * 2 >= fit.asked))
    .toSorted(
      (a, b) => Number(b.fit.identified ?? false) - Number(a.fit.identified ?? false) || b.fit.bits - a.fit.bits,
    )
    .slice(0, mostInFull)
  for (const { trial } of promising) for (const read of trial.requests.slice(0, mostRequests)) await unit.ask(read)
  for (const { requests } of walked) for (const read of requests.slice(0, mostRequests)) await unit.ask(read)
  const fits = [
    ...walked.map(trial => ({ ...trial.judge(unit.answerTo), identified: true })),
    ...promising.map(({ trial }) => trial.judge(unit.answerTo)),
  ]
  const ranked = rankFits(fits, told)
  if (ranked.length > 0) return { told, fits: ranked, cutShort: unit.isLeftAlone }
  const unopposed = await askUnopposed(unit, tried)
  return { told, fits: rankFits(unopposed, told), cutShort: unit.isLeftAlone }
}

/** Bits and numbers that may be anything speak for no profile: those stay that the unit answers in every point. */
async function askUnopposed(
  unit: AskedUnit,
  tried: readonly { readonly trial: ProfileTrial; readonly fit: Fit }[],
): Promise<readonly Fit[]> {
  const open = tried
    .filter(({ fit }) => fit.asked > 0 && fit.good === fit.asked && fit.bits >= 0)
    .toSorted((a, b) => b.fit.bits - a.fit.bits || b.fit.asked - a.fit.asked)
    .slice(0, mostInFull)
  for (const { trial } of open) for (const read of trial.requests.slice(0, mostRequests)) await unit.ask(read)
  return open.map(({ trial }) => trial.judge(unit.answerTo))
}

/** Profiles of devices that have their SunSpec models where each has them: known by the models, tried where those are. */
async function walkEach(
  line: OpenLine,
  unitId: number,
  profiles: readonly SunspecProfile[],
): Promise<readonly ProfileTrial[]> {
  const trials: ProfileTrial[] = []
  for (const profile of profiles) {
    const walk = new ChainWalk(profile.sunspec.models)
    const walked = await goOn(walk, Number.POSITIVE_INFINITY, read => line.ask(unitId, read))
    if (walked.kind !== 'found') continue
    const { chain } = walked
    trials.push(compileTrial({ ...locate(profile, chain), model: describeChain(chain) }))
  }
  return trials
}

/** Reads of one unit, each asked once. */
class AskedUnit {
  readonly #line: OpenLine
  readonly #unitId: number
  readonly #answers = new Map<string, TrialAnswer>()
  #silent = 0
  isLeftAlone = false

  constructor(line: OpenLine, unitId: number) {
    this.#line = line
    this.#unitId = unitId
  }

  readonly answerTo = (read: ReadPdu): TrialAnswer => this.#answers.get(keyOf(read))

  async ask(read: ReadPdu): Promise<void> {
    if (this.isLeftAlone || this.#answers.has(keyOf(read))) return
    const result = await this.#line.ask(this.#unitId, read)
    const isRefusal = !result.ok && result.kind === 'exception' && !isUnitDead(result.exception)
    this.#answers.set(keyOf(read), result.ok ? result.data : isRefusal ? 'refused' : undefined)
    this.#silent = result.ok || isRefusal ? 0 : this.#silent + 1
    this.isLeftAlone = this.#silent >= mostSilent
  }
}

function keyOf({ functionCode, address, count }: ReadPdu): string {
  return `${functionCode} ${address} ${count}`
}

/** Vendor, product, revision, and where it has more to tell that too. Empty where the unit doesn't know the function. */
async function askForNames(line: OpenLine, unitId: number): Promise<ReadonlyMap<number, string>> {
  const told = new Map<number, string>()
  let level: 1 | 2 = 1
  let object = 0
  for (let n = 0; n < mostTold; n++) {
    const result = await line.ask(unitId, { functionCode: 43, level, object })
    const answer = result.ok ? decodeIdentification(result.data) : undefined
    if (answer === undefined) break
    for (const [id, text] of answer.objects) if (text !== '') told.set(id, text)
    if (answer.next !== undefined && answer.next > object) object = answer.next
    else if (level === 1 && (answer.conformity & 0x7f) >= 2) {
      level = 2
      object = 3
    } else break
  }
  return told
}
