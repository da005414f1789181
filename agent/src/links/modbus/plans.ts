import type { Clock } from '@lineside/contract'
import type { ModbusReader, ReadRequest } from '@lineside/device-profiles'
import type { Turn } from '../../poll/schedule.ts'
import { almostAll, type Learned, type ModbusRefusals, type RefusedGroup } from './refusals.ts'
import { silenceShare } from '../../poll/line.ts'
import { describeRead } from './describe-read.ts'
import { splitRefused } from './split.ts'
import { SplitTree } from './split-tree.ts'

/** One pass through the requests of a turn. */
export interface Pass {
  readonly queue: ReadRequest[]
  /** Points that are known to be refused and not asked for in this pass. */
  readonly refused: readonly string[]
  /** Some requests of the turn are left out because they were never answered. */
  readonly rests: boolean
  /** A person asked: nothing is left out, and nothing is learned from silence. */
  readonly isAsked: boolean
  /** With data, by any request. */
  wasAnswered: boolean
  /** Where a request was refused, or one was answered that was refused before. */
  tree: SplitTree | undefined
  /** Monotonic time from which on it was not yet counted what the line lost to silence. */
  silentFromMs: number
}

/** A request that stays without an answer while others are answered. */
interface Rest {
  /** In a row. */
  readonly misses: number
  /** What they took of the line. */
  readonly lostMs: number
  /** Monotonic. */
  readonly untilMs: number
}

/** Plans requests by what was learned about reading one device: what it refuses, and what it never answers. */
export interface ModbusPlans {
  begin(turn: Turn): Pass
  /** The request was answered. */
  answered(pass: Pass, request: ReadRequest): void
  /** The request was refused with this exception. True: smaller ones stand in its place in the queue. */
  refused(pass: Pass, request: ReadRequest, exception: number): boolean
  /**
   * The request stayed without an answer, before (`isFirst`) or after others were answered in this pass. The second time
   * that it is alone in this it begins to rest.
   */
  silent(pass: Pass, request: ReadRequest, isFirst: boolean): void
  /** What rests because it is not answered, in words; undefined: nothing. */
  unanswered(): string | undefined
  /** Monotonic time at which the first of it is asked again; undefined where nothing rests. */
  restsUntilMs(): number | undefined
  /** True: the device is well again that refused before, and everything that it refused is to be asked for now. */
  end(turn: Turn, pass: Pass, answered: boolean): boolean
  /** The device was away and answers again. */
  returned(): void
}

export interface ModbusPlansOptions {
  readonly reader: ModbusReader
  /** All that are read of the device. */
  readonly points: readonly string[]
  /** What alarms look at. */
  readonly urgent: ReadonlySet<string>
  readonly refusals: ModbusRefusals
  readonly clock: Clock
  /** What is refused is another than before. */
  readonly learned: () => void
  /** A read begins to rest, or is answered after it did. */
  readonly restChanged: (request: ReadRequest, rests: boolean) => void
}

const nothingLearned: Learned = { isNew: false, isSurer: false, isWell: false }
/** Plans are cached by turn; when there are more turns than this the cache starts again from empty. */
const maxPlans = 64
const longestRestMs = 300_000

/**
 * 2: there is no such address; 3: not so many at once. What the others say is of the device and not of registers, and may
 * be over at the next poll: a controller that is starting says that it knows no function at all.
 */
function isOfRegisters(exception: number): boolean {
  return exception === 2 || exception === 3
}

export function createModbusPlans(options: ModbusPlansOptions): ModbusPlans {
  const { reader, points: all, urgent, refusals, clock, learned, restChanged } = options
  const plans = new Map<number, readonly ReadRequest[]>()
  const resting = new Map<ReadRequest, Rest>()
  /** It was asked first and not answered, so that nobody knows whether the device is there. */
  let suspect: { readonly request: ReadRequest; readonly lostMs: number } | undefined
  let words: string | undefined
  /** Requests for nothing but what is known to be refused. */
  let groups = new WeakMap<ReadRequest, RefusedGroup>()
  let passes = 0

  /** Scale factors before the points that need them, then what alarms look at. */
  const rank = ({ points }: ReadRequest): number => (points.length === 0 ? 2 : Number(points.some(p => urgent.has(p))))

  function planFor(turn: Turn): readonly ReadRequest[] {
    const known = turn.key === undefined ? undefined : plans.get(turn.key)
    if (known) return known
    // Before the plan is made, which notes what of it is refused.
    if (plans.size >= maxPlans) startAgain()
    const plan = makePlan(turn.points).toSorted((a, b) => rank(b) - rank(a))
    if (turn.key !== undefined) plans.set(turn.key, plan)
    return plan
  }

  function makePlan(points: readonly string[]): readonly ReadRequest[] {
    const barriers = refusals.barriers()
    if (refusals.groups.length === 0) return reader.plan(points, barriers)
    const left = new Set(points)
    const apart = refusals.groups.flatMap(group => {
      const own = group.points.filter(name => left.delete(name))
      const requests = own.length > 0 ? reader.plan(own) : []
      for (const request of requests) groups.set(request, group)
      return requests
    })
    return [...reader.plan([...left], barriers), ...apart]
  }

  function startAgain(): void {
    plans.clear()
    resting.clear()
    suspect = undefined
    describeResting()
    groups = new WeakMap()
  }

  function inRest(): (readonly [ReadRequest, Rest])[] {
    return [...resting].filter(([, { misses }]) => misses > 1)
  }

  /** It was answered. */
  function woken(request: ReadRequest): void {
    const { misses = 0 } = resting.get(request) ?? {}
    resting.delete(request)
    describeResting()
    if (misses > 1) restChanged(request, false)
  }

  function rests(request: ReadRequest): boolean {
    return clock.monotonic() < (resting.get(request)?.untilMs ?? 0)
  }

  function describeResting(): void {
    const [first, ...more] = inRest().map(([request]) => request)
    const others = more.length === 0 ? '' : ` and ${more.length} other read${more.length === 1 ? '' : 's'}`
    words = first && `no answer to a read of ${describeRead(first)}${others}`
  }

  /** A group is asked for when its time has come, when a person asks, or when there is next to nothing else to ask. */
  function withoutRefused(plan: readonly ReadRequest[]): Pick<Pass, 'queue' | 'refused'> {
    const nowMs = clock.monotonic()
    const isRefused = (request: ReadRequest) => (groups.get(request)?.retryAtMs ?? 0) > nowMs
    const queue = plan.filter(request => !isRefused(request))
    const asked = new Set(queue)
    const fine = queue.filter(request => !groups.has(request))
    // One that rests would leave nothing to ask.
    const isSpell = queue.every(rests) || countPoints(fine) <= countPoints(plan) * (1 - almostAll)
    const waiting = isSpell ? plan.filter(request => !asked.has(request) && !rests(request)) : []
    // What was bad before is no sign that it is over.
    const unsure = waiting.filter(request => groups.get(request)?.isSure === false)
    const left = unsure.length > 0 ? unsure : waiting
    for (const request of left.slice(passes % left.length).slice(0, 1)) {
      queue.push(request)
      asked.add(request)
    }
    return { queue, refused: plan.flatMap(request => (asked.has(request) ? [] : request.points)) }
  }

  return {
    begin(turn) {
      passes++
      const nowMs = clock.monotonic()
      if (refusals.forget(nowMs)) startAgain()
      const plan = planFor(turn)
      const hasGroups = refusals.groups.length > 0 && turn.key !== undefined
      const { queue, refused } = hasGroups ? withoutRefused(plan) : { queue: [...plan], refused: [] }
      const isAsked = turn.key === undefined
      const left = isAsked || resting.size === 0 ? queue : queue.filter(request => !rests(request))
      return {
        queue: left,
        refused,
        rests: left.length < queue.length,
        isAsked,
        wasAnswered: false,
        tree: undefined,
        silentFromMs: nowMs,
      }
    },
    answered(pass, request) {
      pass.wasAnswered = true
      if (resting.size > 0) woken(request)
      if (suspect?.request === request) suspect = undefined
      if (!pass.tree && !groups.has(request)) return
      pass.tree ??= new SplitTree()
      pass.tree.settle(request, 'answered')
    },
    refused(pass, request, exception) {
      pass.tree ??= new SplitTree()
      const group = groups.get(request)
      const mayBeSplit = isOfRegisters(exception) && (!group || group.splitAtMs <= clock.monotonic())
      const split = mayBeSplit ? splitRefused(reader, request) : undefined
      if (!split) {
        pass.tree.settle(request, isOfRegisters(exception) ? 'refused' : 'unknown')
        return false
      }
      pass.tree.split(request, split)
      pass.queue.unshift(...split.parts)
      return true
    },
    silent(pass, request, isFirst) {
      pass.tree?.settle(request, 'unknown')
      if (pass.isAsked) return
      const nowMs = clock.monotonic()
      const lostMs = nowMs - pass.silentFromMs
      pass.silentFromMs = nowMs
      if (isFirst) {
        suspect = { request, lostMs }
        return
      }
      const before = suspect?.request === request ? { misses: 1, lostMs: suspect.lostMs } : resting.get(request)
      suspect = undefined
      const rest = restAfter(before, lostMs, nowMs)
      resting.set(request, rest)
      describeResting()
      if (rest.misses === 2) restChanged(request, true)
    },
    unanswered: () => words,
    restsUntilMs: () => (words === undefined ? undefined : Math.min(...inRest().map(([, { untilMs }]) => untilMs))),
    end(turn, pass, answered) {
      const { isNew, isSurer, isWell } = pass.tree
        ? refusals.learn(pass.tree.shown(), pass.wasAnswered, all)
        : nothingLearned
      if (isNew) startAgain()
      if (isNew || isSurer) learned()
      if (isNew) return isWell
      if (answered || turn.key === undefined) return false
      const [first, ...rest] = planFor(turn)
      // If only the first is never answered, the next pass finds out.
      if (first && rest.length > 0) plans.set(turn.key, [...rest, first])
      return false
    },
    returned: () => refusals.askAll(),
  }
}

function countPoints(requests: readonly ReadRequest[]): number {
  return requests.reduce((sum, { points }) => sum + points.length, 0)
}

/** One may have been lost on the way; from the second on they take no more than the share of the line that silence may. */
function restAfter(before: Pick<Rest, 'misses' | 'lostMs'> | undefined, lostMs: number, nowMs: number): Rest {
  if (!before) return { misses: 1, lostMs, untilMs: nowMs }
  const allMs = before.lostMs + lostMs
  const restMs = Math.min(longestRestMs, allMs * (1 / silenceShare - 1))
  return { misses: before.misses + 1, lostMs: allMs, untilMs: nowMs + restMs }
}
