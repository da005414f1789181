import type { ModbusReader, ReadRequest } from '@lineside/device-profiles'
import { almostAll, type ModbusRefusals, type RefusedGroup } from './refusals.ts'

/** The requests for some points of a device, and which of them ask for nothing but what is known to be refused. */
export interface RequestPlan {
  readonly requests: readonly ReadRequest[]
  readonly refused: ReadonlyMap<ReadRequest, RefusedGroup>
}

/** Plans around what the device refuses. Scale factors come before the points that need them, then what is urgent. */
export function planRequests(
  reader: ModbusReader,
  points: readonly string[],
  refusals: Pick<ModbusRefusals, 'barriers' | 'groups'>,
  urgent: ReadonlySet<string>,
): RequestPlan {
  const refused = new Map<ReadRequest, RefusedGroup>()
  const left = new Set(points)
  for (const group of refusals.groups) {
    const own = group.points.filter(name => left.delete(name))
    for (const request of own.length > 0 ? reader.plan(own) : []) refused.set(request, group)
  }
  const rank = (request: ReadRequest): number =>
    request.points.length === 0 ? 2 : Number(request.points.some(point => urgent.has(point)))
  const requests = [...reader.plan([...left], refusals.barriers()), ...refused.keys()]
  return { requests: requests.toSorted((a, b) => rank(b) - rank(a)), refused }
}

/** What is asked in one pass, and the points that are not. */
export interface Choice {
  readonly queue: ReadRequest[]
  readonly refused: readonly string[]
}

/**
 * A group is asked for when its time has come, or when there is next to nothing else to ask: then one of them in each
 * pass, by turns (`pass` counts them), because it may be over.
 */
export function withoutRefused(
  { requests, refused }: RequestPlan,
  rests: (request: ReadRequest) => boolean,
  pass: number,
  nowMs: number,
): Choice {
  const isRefused = (request: ReadRequest) => (refused.get(request)?.retryAtMs ?? 0) > nowMs
  const queue = requests.filter(request => !isRefused(request))
  const asked = new Set(queue)
  const fine = queue.filter(request => !refused.has(request))
  // One that rests would leave nothing to ask.
  const isSpell = queue.every(rests) || countPoints(fine) <= countPoints(requests) * (1 - almostAll)
  const waiting = isSpell ? requests.filter(request => !asked.has(request) && !rests(request)) : []
  // What was bad before is no sign that it is over.
  const unsure = waiting.filter(request => refused.get(request)?.isSure === false)
  const left = unsure.length > 0 ? unsure : waiting
  for (const request of left.slice(pass % left.length).slice(0, 1)) {
    queue.push(request)
    asked.add(request)
  }
  return { queue, refused: requests.flatMap(request => (asked.has(request) ? [] : request.points)) }
}

function countPoints(requests: readonly ReadRequest[]): number {
  return requests.reduce((sum, { points }) => sum + points.length, 0)
}
