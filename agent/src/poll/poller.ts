import { messageOf } from '@lineside/contract'
import type { Timer } from '@lineside/contract'
import type { LinkContext } from '../intake.ts'
import { type AskedRead, AskedReads } from './asked-reads.ts'
import { type DeviceHealth, healthAfter, probeNow } from './backoff.ts'
import { createEntries, type Entry, entryStatus } from './entry.ts'
import { Lateness } from './lateness.ts'
import { chooseNext, probesFrom } from './line.ts'
import type { AskedOutcome, PolledDevice, ProbeOutcome } from './outcome.ts'
import { finishTurn, hasShortest, lookAtCalendars, takeTurn, wantEverything } from './schedule.ts'
import type { DeviceStatus } from './status.ts'
import { tellBack, tellLost, tellOnline, tellOutcome } from './tell.ts'
import { type LineUse, lineUse } from './use.ts'

/** Polls the devices of one line: as many at a time as the line has lanes, each device at most once. */
export class Poller implements AsyncDisposable {
  readonly #context: LinkContext
  readonly #lanes: number
  readonly #entries: readonly Entry[]
  readonly #underWay = new Set<Promise<void>>()
  readonly #asked = new AskedReads<Entry>()
  readonly #lateness = new Lateness()
  #timer: Timer | undefined
  #running = false
  #probesFromMs = 0

  constructor(context: LinkContext, devices: readonly PolledDevice[], lanes: number) {
    this.#context = context
    this.#lanes = lanes
    this.#entries = createEntries(devices, context)
  }

  start(): void {
    this.#running = true
    this.#pump()
  }

  /** Begins nothing more, and waits for what is under way. */
  async stop(): Promise<void> {
    this.#running = false
    this.#timer?.cancel()
    this.#timer = undefined
    this.#asked.refuseAll('the agent stops')
    await Promise.all(this.#underWay)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }

  /**
   * Reads points of a device as soon as a lane is free, before everything that is due; the grid stays as it is. The
   * values go to whom asked. Undefined: there is no such device here. Never rejects.
   */
  ask(device: string, points: readonly string[]): Promise<AskedOutcome> | undefined {
    const entry = this.#entries.find(candidate => candidate.device.name === device)
    if (!entry) return undefined
    if (!this.#running) return Promise.resolve({ kind: 'refused', text: 'the link is not started' })
    const outcome = this.#asked.ask(entry, points, this.#context.clock.monotonic())
    this.#pump()
    return outcome
  }

  /**
   * The line is back: where all its devices were offline they are asked now instead of after their back-off.
   * While one is alive the line was there, and the others keep to their budget.
   */
  lineRestored(): void {
    if (this.#entries.some(entry => entry.health.state !== 'offline')) return
    this.#askAll(this.#context.clock.monotonic())
    this.#pump()
  }

  #askAll(nowMs: number): void {
    this.#probesFromMs = nowMs
    for (const entry of this.#entries) entry.health = probeNow(entry.health, nowMs)
  }

  /** Rather later, while other polls are under way. */
  #probeAt({ probeAtMs }: DeviceHealth): number {
    const isAlone = this.#entries.every(entry => entry.health.state === 'offline')
    return isAlone ? probeAtMs : Math.max(probeAtMs, this.#probesFromMs)
  }

  devices(): DeviceStatus[] {
    const nowMs = this.#context.clock.monotonic()
    return this.#entries.map(entry => {
      const nextTryMs = Math.max(0, this.#probeAt(entry.health) - nowMs)
      return entryStatus(entry, { nextTryMs, nowMs })
    })
  }

  /** How busy the line is, and with whom; undefined where nothing is polled on it. */
  use(): LineUse | undefined {
    if (this.#entries.length === 0) return undefined
    const nowMs = this.#context.clock.monotonic()
    const devices = this.#entries.map(({ device, meter }) => meter.read(device.name, nowMs, this.#lanes))
    return lineUse(this.#lanes, this.#lateness.read(), devices)
  }

  #pump(): void {
    this.#timer?.cancel()
    this.#timer = undefined
    while (this.#running && this.#underWay.size < this.#lanes) {
      const nowMs = this.#context.clock.monotonic()
      const asked = this.#asked.next(entry => !entry.busy)
      if (asked) {
        asked.device.busy = true
        this.#begin(asked.device, this.#answer(asked), nowMs)
        continue
      }
      const choice = chooseNext(this.#entries, nowMs, this.#probesFromMs)
      if (choice.kind === 'wait') {
        if (choice.untilMs !== Number.POSITIVE_INFINITY) {
          this.#timer = this.#context.clock.after(Math.ceil(choice.untilMs - nowMs), () => this.#pump())
        }
        return
      }
      choice.device.busy = true
      this.#begin(choice.device, this.#run(choice.device, choice.kind, nowMs), nowMs)
    }
  }

  #begin(entry: Entry, run: Promise<void>, beganMs: number): void {
    const work = run.finally(() => {
      entry.busy = false
      const nowMs = this.#context.clock.monotonic()
      entry.meter.ended(nowMs, nowMs - beganMs)
      this.#underWay.delete(work)
      this.#pump()
    })
    this.#underWay.add(work)
  }

  /** As `#run`: whatever goes wrong, whom it was asked for gets an answer. */
  async #answer({ device: entry, points, askedMs, resolve }: AskedRead<Entry>): Promise<void> {
    const { clock, log } = this.#context
    try {
      const outcome = await entry.device.read({ key: undefined, points })
      const lacking = entry.device.absent?.()
      const absent = lacking && points.filter(point => lacking.has(point))
      if (outcome.wantsAll) wantEverything(entry.schedule, clock.monotonic())
      resolve({ kind: 'read', outcome, t: outcome.t ?? clock.now(), tookMs: clock.monotonic() - askedMs, absent })
      // As good as a probe; what a person tried in vain says nothing that the next poll wouldn't.
      if (outcome.answered && entry.health.state === 'offline') this.#settle(entry, 'probe', { answered: true })
    } catch (error) {
      log.error({ device: entry.device.name, err: error }, 'read ended in an error')
      resolve({ kind: 'refused', text: messageOf(error) })
    }
  }

  /** One of the places that may catch broadly: whatever goes wrong in a device, its line goes on. */
  async #run(entry: Entry, kind: 'poll' | 'probe', nowMs: number): Promise<void> {
    try {
      await (kind === 'probe' ? this.#probe(entry) : this.#poll(entry, nowMs))
    } catch (error) {
      this.#context.log.error({ device: entry.device.name, err: error }, 'poll ended in an error')
      this.#settle(entry, kind, { answered: false, text: messageOf(error) })
    }
  }

  async #poll(entry: Entry, nowMs: number): Promise<void> {
    const { schedule, counters } = entry
    if (schedule.calendars.length > 0) lookAtCalendars(schedule, nowMs, this.#context.clock.now())
    const lateMs = nowMs - schedule.dueMs
    const taken = takeTurn(schedule, nowMs)
    if (!taken) return
    this.#lateness.began(lateMs)
    counters.polls++
    counters.missed += taken.missed
    if (hasShortest(taken.turn)) entry.meter.began(nowMs)
    const outcome = await entry.device.read(taken.turn)
    counters.overruns += finishTurn(entry.schedule, taken.turn, this.#context.clock.monotonic())
    if (outcome.wantsAll) wantEverything(entry.schedule, this.#context.clock.monotonic())
    if (!outcome.answered) {
      counters.failed++
      const tookMs = this.#context.clock.monotonic() - nowMs
      entry.lostMs = tookMs + (entry.health.failures > 0 ? entry.lostMs : 0)
    }
    if (outcome.notBeforeMs !== undefined && this.#entries.length > 1) {
      schedule.dueMs = Math.max(schedule.dueMs, outcome.notBeforeMs)
    }
    // Given up because the agent stops: that says nothing of the device.
    if (!outcome.answered && !this.#running) return
    this.#settle(entry, 'poll', outcome)
    if (entry.health.state === 'offline') return
    tellOutcome(entry, outcome, this.#context)
  }

  async #probe(entry: Entry): Promise<void> {
    const { clock } = this.#context
    entry.counters.probes++
    const startMs = clock.monotonic()
    const outcome = await entry.device.probe()
    const endMs = clock.monotonic()
    if (!outcome.answered && !this.#running) return
    if (!outcome.answered) this.#probesFromMs = Math.max(this.#probesFromMs, probesFrom(endMs, endMs - startMs))
    this.#settle(entry, 'probe', outcome)
  }

  /** Takes note of an outcome, and says so where it changes the state of the device. */
  #settle(entry: Entry, kind: 'poll' | 'probe', outcome: ProbeOutcome): void {
    const nowMs = this.#context.clock.monotonic()
    const was = entry.health
    entry.health = healthAfter(was, { kind, answered: outcome.answered }, nowMs, this.#context.random)
    if (outcome.text !== undefined) entry.lastError = outcome.text
    if (entry.health.state === was.state) return
    if (entry.health.state === 'offline') {
      this.#probesFromMs = Math.max(this.#probesFromMs, probesFrom(nowMs, entry.lostMs))
      tellLost(entry, outcome.text, this.#context)
    } else if (was.state === 'offline') this.#back(entry, was, nowMs)
    else tellOnline(entry, this.#context)
  }

  #back(entry: Entry, was: DeviceHealth, nowMs: number): void {
    entry.device.returned?.()
    wantEverything(entry.schedule, nowMs)
    tellBack(entry, nowMs - was.sinceMs, this.#context)
    // What kept all of them away is over for one, so perhaps for the others.
    if (this.#entries.every(other => other === entry || other.health.state === 'offline')) this.#askAll(nowMs)
  }
}
