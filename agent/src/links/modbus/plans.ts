import type { Clock } from '@lineside/contract'
import type { ModbusReader, ReadRequest } from '@lineside/device-profiles'
import type { Turn } from '../../poll/schedule.ts'
import { planRequests, type RequestPlan, withoutRefused } from './plan-requests.ts'
import type { Learned, ModbusRefusals, RefusedGroup } from './refusals.ts'
import { splitRefused } from './split.ts'
import { SplitTree } from './split-tree.ts'
import { UnansweredReads } from './unanswered-reads.ts'

/** One pass through the requests of a turn. */
export interface Pass {
  readonly queue: ReadRequest[]
  /** Points that are known to be refused and not asked for in this pass. */
  readonly refused: readonly string[]
  /** Its requests for nothing but what is known to be refused. */
  readonly groups: ReadonlyMap<ReadRequest, RefusedGroup>
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

/**
 * 2: there is no such address; 3: not so many at once. What the others say is of the device and not of registers, and may
 * be over at the next poll: a controller that is starting says that it knows no function at all.
 */
function isOfRegisters(exception: number): boolean {
  return exception === 2 || exception === 3
}

export function createModbusPlans(options: ModbusPlansOptions): ModbusPlans {
  const { reader, points: all, urgent, refusals, clock, learned, restChanged } = options
  const plans = new Map<number, RequestPlan>()
  const unanswered = new UnansweredReads(clock, restChanged)
  const rests = (request: ReadRequest) => unanswered.rests(request)
  let passes = 0

  function planFor(turn: Turn): RequestPlan {
    const known = turn.key === undefined ? undefined : plans.get(turn.key)
    if (known) return known
    if (plans.size >= maxPlans) startAgain()
    const plan = planRequests(reader, turn.points, refusals, urgent)
    if (turn.key !== undefined) plans.set(turn.key, plan)
    return plan
  }

  function startAgain(): void {
    plans.clear()
    unanswered.clear()
  }

  return {
    begin(turn) {
      passes++
      const nowMs = clock.monotonic()
      if (refusals.forget(nowMs)) startAgain()
      const plan = planFor(turn)
      const isAsked = turn.key === undefined
      const { queue, refused } =
        plan.refused.size > 0 && !isAsked
          ? withoutRefused(plan, rests, passes, nowMs)
          : { queue: [...plan.requests], refused: [] }
      const left = isAsked ? queue : queue.filter(request => !rests(request))
      return {
        queue: left,
        refused,
        groups: plan.refused,
        rests: left.length < queue.length,
        isAsked,
        wasAnswered: false,
        tree: undefined,
        silentFromMs: nowMs,
      }
    },
    answered(pass, request) {
      pass.wasAnswered = true
      unanswered.answered(request)
      if (!pass.tree && !pass.groups.has(request)) return
      pass.tree ??= new SplitTree()
      pass.tree.settle(request, 'answered')
    },
    refused(pass, request, exception) {
      pass.tree ??= new SplitTree()
      const group = pass.groups.get(request)
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
      unanswered.silent(request, isFirst, nowMs - pass.silentFromMs)
      pass.silentFromMs = nowMs
    },
    unanswered: () => unanswered.words,
    restsUntilMs: () => unanswered.untilMs,
    end(turn, pass, answered) {
      const { isNew, isSurer, isWell } = pass.tree
        ? refusals.learn(pass.tree.shown(), pass.wasAnswered, all)
        : nothingLearned
      if (isNew) startAgain()
      if (isNew || isSurer) learned()
      if (isNew) return isWell
      if (answered || turn.key === undefined) return false
      const plan = planFor(turn)
      const [first, ...rest] = plan.requests
      // If only the first is never answered, the next pass finds out.
      if (first && rest.length > 0) plans.set(turn.key, { ...plan, requests: [...rest, first] })
      return false
    },
    returned: () => refusals.askAll(),
  }
}
