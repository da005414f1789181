import type { ModbusReader, ReadRequest } from '@lineside/device-profiles'
import type { Turn } from '../poll/schedule.ts'
import { splitRefused } from './modbus-split.ts'

/** A request as it was planned, and whether anything in it could be read after it was split. */
interface Root {
  readonly request: ReadRequest
  good: boolean
}

/** One pass through the requests of a turn. */
export interface Pass {
  readonly queue: ReadRequest[]
  /** What the next pass will ask, as far as this one has come. */
  readonly done: ReadRequest[]
  readonly roots: Map<ReadRequest, Root>
  /** Some requests of the turn are left out. */
  readonly rests: boolean
}

/** What was learned about reading one device: which requests it wants smaller, and which it never answers. */
export interface ModbusPlans {
  begin(turn: Turn): Pass
  /** The request was answered. */
  answered(pass: Pass, request: ReadRequest): void
  /** The request was refused. True: smaller ones stand in its place in the queue. */
  refused(pass: Pass, request: ReadRequest, splittable: boolean): boolean
  /** The request alone stayed without an answer, from a device that answers others: it rests for some passes. */
  silent(pass: Pass, request: ReadRequest): void
  end(turn: Turn, pass: Pass, outcome: { readonly answered: boolean; readonly complete: boolean }): void
}

/** Plans are cached by turn; when there are more turns than this the cache starts again from empty. */
const maxPlans = 64
/** After this many passes what was refused as a whole is tried in parts again. */
const forgetAfter = 256
/** Most passes that a request without an answer is left out. */
const maxRest = 64

export function createModbusPlans(reader: ModbusReader, urgent: ReadonlySet<string>): ModbusPlans {
  const plans = new Map<number, readonly ReadRequest[]>()
  const whole = new Set<string>()
  const resting = new Map<ReadRequest, { misses: number; passes: number }>()
  let passes = 0

  /** Scale factors before the points that need them, then what alarms look at. */
  const rank = ({ points }: ReadRequest): number => (points.length === 0 ? 2 : Number(points.some(p => urgent.has(p))))

  function planFor(turn: Turn): readonly ReadRequest[] {
    let plan = turn.key === undefined ? undefined : plans.get(turn.key)
    if (!plan) {
      plan = reader.plan(turn.points).toSorted((a, b) => rank(b) - rank(a))
      if (turn.key === undefined) return plan
      if (plans.size >= maxPlans) {
        plans.clear()
        resting.clear()
      }
      plans.set(turn.key, plan)
    }
    return plan
  }

  function rests(request: ReadRequest): boolean {
    const rest = resting.get(request)
    if (!rest || rest.passes === 0) return false
    rest.passes--
    return true
  }

  return {
    begin(turn) {
      if (++passes % forgetAfter === 0) whole.clear()
      const plan = planFor(turn)
      if (resting.size === 0) return { queue: [...plan], done: [], roots: new Map(), rests: false }
      const left = new Set(plan.filter(rests))
      return { queue: plan.filter(r => !left.has(r)), done: [...left], roots: new Map(), rests: left.size > 0 }
    },
    answered(pass, request) {
      pass.done.push(request)
      if (resting.size > 0) resting.delete(request)
      const root = pass.roots.get(request)
      if (root) root.good = true
    },
    refused(pass, request, splittable) {
      const parts = splittable && !request.points.some(p => whole.has(p)) ? splitRefused(reader, request) : []
      if (parts.length === 0) {
        pass.done.push(request)
        return false
      }
      const root = pass.roots.get(request) ?? { request, good: false }
      for (const part of parts) pass.roots.set(part, root)
      pass.queue.unshift(...parts)
      return true
    },
    silent(pass, request) {
      const misses = (resting.get(request)?.misses ?? 0) + 1
      resting.set(request, { misses, passes: Math.min(maxRest, 2 ** misses) })
      pass.done.push(request)
    },
    end(turn, pass, { answered, complete }) {
      if (turn.key === undefined) return
      const plan = planFor(turn)
      const [first, ...rest] = plan
      if (!answered && first && rest.length > 0) {
        // If only the first is never answered, the next pass finds out.
        plans.set(turn.key, [...rest, first])
      } else if (complete && pass.roots.size > 0) plans.set(turn.key, learned(pass, whole))
    },
  }
}

/** The parts where any of them could be read, else the request as it was: splitting it has only cost time. */
function learned({ done, roots }: Pass, whole: Set<string>): readonly ReadRequest[] {
  const plan = new Set<ReadRequest>()
  for (const request of done) {
    const root = roots.get(request)
    if (!root || root.good) plan.add(request)
    else {
      plan.add(root.request)
      for (const point of root.request.points) whole.add(point)
    }
  }
  return [...plan]
}
