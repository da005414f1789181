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
  /** Its parts need not be tried once more, should it still be refused while the device answers other reads. */
  isChecked: boolean
  /** It is about these registers: refused again, in all parts, in a pass in which other reads were answered. */
  isSure: boolean
}

export interface Learned {
  /** Other requests are to be made from now on. */
  readonly isNew: boolean
  /** The requests are the same, and more of what is refused is worth remembering. */
  readonly isSurer: boolean
  /** It was the device that refused, not the registers: all that was refused is to be asked for now, whenever it is due. */
  readonly isWell: boolean
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
/** How long a barrier holds, and a refused group is not split again that was checked: devices get new firmware. */
const rememberMs = 86_400_000
/** Share of the points of a device; of one that refuses so many it is rather the device than its registers. */
export const almostAll = 0.9
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

  /** Whatever is refused is asked for at the next chance, and in parts where it is refused as a whole. */
  askAll(): void {
    this.#askAgain(this.#groups)
  }

  /** Takes in what a pass has shown, in which any read `wasAnswered`; `wanted` are all points that are read of the device. */
  learn({ barriers, refused, readable }: Shown, wasAnswered: boolean, wanted: readonly string[]): Learned {
    const { clock, reader } = this.#options
    const nowMs = clock.monotonic()
    const found = new Set(readable)
    const before = this.#groups
    const after = before.filter(group => !group.points.some(name => found.has(name)))
    let isNew = after.length < before.length
    let isSurer = false
    const restored = isNew ? restoredBy(before, found, wanted) : []
    for (const { points, ...read } of refused) {
      const [first] = points
      if (first === undefined) continue
      const known = after.find(group => points.every(name => group.points.includes(name)))
      if (known) {
        const isOfRegisters = !known.isSure && wasAnswered
        if (isOfRegisters && !known.isChecked) {
          restored.push(known)
          known.isChecked = true
        } else if (isOfRegisters) {
          known.isSure = true
          isSurer = true
        }
        this.#again(known, nowMs)
        continue
      }
      isNew = true
      const olds = before.filter(group => group.points.some(name => points.includes(name)))
      const since = Math.min(clock.now(), ...olds.map(group => group.since))
      const what = points.length === 1 ? describePoint(reader, first) : describeRead(read)
      // Asked for once more at the next poll: one refusal may be a device that is only starting.
      const again = { attempt: 0, isChecked: points.length === 1, isSure: false }
      const splitAtMs = this.#split(nowMs, again)
      after.push({ points, what, since, ...again, retryAtMs: nowMs, splitAtMs })
    }
    this.#askAgain(restored)
    const isWell = isNew && restored.length > 0
    if (isNew) this.#groups = after.slice(-most)
    if (barriers.length === 0) return { isNew, isSurer, isWell }
    const untilMs = nowMs + rememberMs
    this.#barriers = [...this.#barriers, ...barriers.map(barrier => ({ ...barrier, untilMs }))].slice(-most)
    this.#schedule()
    return { isNew: true, isSurer, isWell }
  }

  /** What was learned of reads that are refused although their parts are answered, one sentence for each. */
  inWords(): readonly string[] {
    return this.#barriers.map(describeBarrier)
  }

  /** What `saved` wants at the next start; undefined where there is nothing to remember. */
  save(): z.input<typeof savedRefusals> | undefined {
    // What was refused while nothing was answered says nothing of registers.
    const groups = this.#groups.filter(group => group.isSure)
    if (this.#barriers.length === 0 && groups.length === 0) return undefined
    const { clock } = this.#options
    const toUtcMs = clock.now() - clock.monotonic()
    return {
      barriers: this.#barriers.map(({ untilMs, ...barrier }) => ({ ...barrier, untilMs: untilMs + toUtcMs })),
      groups: groups.map(({ points, what, since }) => ({ points: [...points], what, since })),
    }
  }

  #askAgain(groups: readonly RefusedGroup[]): void {
    const nowMs = this.#options.clock.monotonic()
    for (const group of groups) {
      group.attempt = 0
      group.retryAtMs = nowMs
      group.splitAtMs = nowMs
    }
  }

  #again(group: RefusedGroup, nowMs: number): void {
    if (group.splitAtMs <= nowMs) group.splitAtMs = this.#split(nowMs, group)
    if (nowMs < group.retryAtMs) return
    group.retryAtMs = this.#retry(nowMs, group.attempt)
    group.attempt++
  }

  /** What may be well in parts is not left for a day: there may be a bad register in every request. */
  #split(nowMs: number, { isChecked, attempt }: Pick<RefusedGroup, 'isChecked' | 'attempt'>): number {
    return isChecked ? nowMs + rememberMs : this.#retry(nowMs, attempt)
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
        isChecked: true,
        isSure: true,
      }))
      .slice(-most)
    this.#schedule()
  }

  #schedule(): void {
    this.#forgetAtMs = Math.min(Number.POSITIVE_INFINITY, ...this.#barriers.map(barrier => barrier.untilMs))
  }
}

/**
 * Some of these groups were answered. What was refused in the same spell may be well again too, and all of them where
 * almost everything was refused; those that this pass has read whole are not among them.
 */
function restoredBy(
  groups: readonly RefusedGroup[],
  found: ReadonlySet<string>,
  wanted: readonly string[],
): RefusedGroup[] {
  const refused = new Set(groups.flatMap(group => group.points))
  const wasAlmostAll = wanted.filter(name => refused.has(name)).length >= wanted.length * almostAll
  return groups.filter(group => (wasAlmostAll || !group.isSure) && group.points.some(name => !found.has(name)))
}

/** A request for one point may hold its scale factor too, which is not what is meant. */
function describePoint(reader: ModbusReader, name: string): string {
  const point = reader.profile.points.get(name)
  if (!point) return name
  const request = reader.plan([name]).find(({ points }) => points.length > 0)
  return request ? describeRead({ ...request, address: point.address, count: point.count }) : name
}
