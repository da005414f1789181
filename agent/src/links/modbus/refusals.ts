import type { Clock } from '@lineside/contract'
import { type Barrier, modbusTables, type ModbusReader } from '@lineside/device-profiles'
import { z } from 'zod'
import { type BackoffPolicy, backoffDelay } from '../../poll/backoff.ts'
import type { RefusedRead } from '../../poll/status.ts'
import { describeBarrier, describeRead } from './describe-read.ts'
import type { Shown } from './split-tree.ts'

/** Points that the device refuses to give, read together in one request and each alone. */
export interface RefusedGroup extends RefusedRead {
  attempt: number
  /** Monotonic time at which they are asked for again, as one request. */
  retryAtMs: number
  /** Monotonic time from which that request is split again, should it be refused. */
  splitAtMs: number
}

interface KnownBarrier extends Barrier {
  /** Monotonic time at which it is forgotten. */
  readonly untilMs: number
}

export interface ModbusRefusalsOptions {
  readonly reader: ModbusReader
  readonly clock: Clock
  readonly random: () => number
  /** What `save` gave in an earlier run; anything else is ignored. */
  readonly saved: unknown
}

/** Of asking for what was refused. */
const retryPolicy: BackoffPolicy = { baseMs: 60_000, maxMs: 3_600_000 }
/** How long a barrier holds, and a refused group is not split again: devices get new firmware. */
const rememberMs = 86_400_000
/** Of barriers and of groups; with more than that the oldest are forgotten. */
const most = 64

const address = z.int().min(0).max(65_536)
const savedRefusals = z.object({
  barriers: z.array(
    z.object({ table: z.enum(modbusTables), startsBefore: address, endsBehind: address, untilMs: z.number() }),
  ),
  groups: z.array(z.object({ points: z.array(z.string()).min(1), what: z.string(), since: z.number() })),
})

/** What one device refuses to have read: kept for a stated time, over restarts too, so that nobody asks for it in vain. */
export class ModbusRefusals {
  readonly #options: ModbusRefusalsOptions
  #barriers: KnownBarrier[] = []
  #groups: RefusedGroup[] = []
  #forgetAtMs = Number.POSITIVE_INFINITY

  constructor(options: ModbusRefusalsOptions) {
    this.#options = options
    const saved = savedRefusals.safeParse(options.saved)
    if (saved.success) this.#restore(saved.data)
  }

  /** Empty in the usual case. The same array while the same is refused. */
  get groups(): readonly RefusedGroup[] {
    return this.#groups
  }

  /** What no read may reach over: what was learned, and the registers of all that is refused. */
  barriers(): readonly Barrier[] {
    const { points } = this.#options.reader.profile
    const refused = this.#groups.flatMap(group =>
      group.points.flatMap(name => {
        const point = points.get(name)
        if (!point) return []
        return [{ table: point.table, startsBefore: point.address + point.count, endsBehind: point.address }]
      }),
    )
    return [...this.#barriers, ...refused]
  }

  /** Drops barriers whose time is over; true where there were any. */
  forget(nowMs: number): boolean {
    if (nowMs < this.#forgetAtMs) return false
    this.#barriers = this.#barriers.filter(barrier => barrier.untilMs > nowMs)
    this.#schedule()
    return true
  }

  /** Takes in what a pass has shown; true where other requests are to be made from now on. */
  learn({ barriers, refused, readable }: Shown): boolean {
    const { clock, reader } = this.#options
    const nowMs = clock.monotonic()
    const found = new Set(readable)
    const before = this.#groups
    const after = before.filter(group => !group.points.some(name => found.has(name)))
    let isNew = after.length < before.length
    for (const { points, ...read } of refused) {
      const [first] = points
      if (first === undefined) continue
      const known = after.find(group => points.every(name => group.points.includes(name)))
      if (known) {
        this.#again(known, nowMs)
        continue
      }
      isNew = true
      const olds = before.filter(group => group.points.some(name => points.includes(name)))
      const since = Math.min(clock.now(), ...olds.map(group => group.since))
      const what = points.length === 1 ? describePoint(reader, first) : describeRead(read)
      // Asked for once more at the next poll: one refusal may be a device that is only starting.
      after.push({ points, what, since, attempt: 0, retryAtMs: nowMs, splitAtMs: nowMs + rememberMs })
    }
    if (isNew) this.#groups = after.slice(-most)
    if (barriers.length === 0) return isNew
    const untilMs = nowMs + rememberMs
    this.#barriers = [...this.#barriers, ...barriers.map(barrier => ({ ...barrier, untilMs }))].slice(-most)
    this.#schedule()
    return true
  }

  /** What was learned of reads that are refused although their parts are answered, one sentence for each. */
  inWords(): readonly string[] {
    return this.#barriers.map(describeBarrier)
  }

  /** What `saved` wants at the next start; undefined where there is nothing to remember. */
  save(): z.input<typeof savedRefusals> | undefined {
    if (this.#barriers.length === 0 && this.#groups.length === 0) return undefined
    const { clock } = this.#options
    const toUtcMs = clock.now() - clock.monotonic()
    return {
      barriers: this.#barriers.map(({ untilMs, ...barrier }) => ({ ...barrier, untilMs: untilMs + toUtcMs })),
      groups: this.#groups.map(({ points, what, since }) => ({ points: [...points], what, since })),
    }
  }

  #again(group: RefusedGroup, nowMs: number): void {
    if (nowMs < group.retryAtMs) return
    group.retryAtMs = this.#retry(nowMs, group.attempt)
    group.attempt++
    if (group.splitAtMs <= nowMs) group.splitAtMs = nowMs + rememberMs
  }

  #retry(nowMs: number, attempt: number): number {
    return nowMs + backoffDelay(retryPolicy, attempt, this.#options.random)
  }

  #restore({ barriers, groups }: z.output<typeof savedRefusals>): void {
    const { clock, reader } = this.#options
    const nowMs = clock.monotonic()
    // A clock that was set meanwhile can't make it longer.
    const until = (utcMs: number) => nowMs + Math.min(utcMs - clock.now(), rememberMs)
    this.#barriers = barriers
      .map(barrier => ({ ...barrier, untilMs: until(barrier.untilMs) }))
      .filter(barrier => barrier.untilMs > nowMs)
      .slice(-most)
    this.#groups = groups
      .filter(group => group.points.every(name => reader.profile.points.has(name)))
      .map(group => ({
        ...group,
        attempt: 0,
        retryAtMs: this.#retry(nowMs, 0),
        splitAtMs: nowMs + rememberMs,
      }))
      .slice(-most)
    this.#schedule()
  }

  #schedule(): void {
    this.#forgetAtMs = Math.min(Number.POSITIVE_INFINITY, ...this.#barriers.map(barrier => barrier.untilMs))
  }
}

/** A request for one point may hold its scale factor too, which is not what is meant. */
function describePoint(reader: ModbusReader, name: string): string {
  const point = reader.profile.points.get(name)
  if (!point) return name
  const request = reader.plan([name]).find(({ points }) => points.length > 0)
  return request ? describeRead({ ...request, address: point.address, count: point.count }) : name
}
