import type { Value } from '@lineside/contract'
import { type Readings, readingsOf, sameReading } from './readings.ts'
import type { Reply } from './reply.ts'
import { tupleHash } from './tuple-hash.ts'

/** Replies of one point set with the very same values; one, unless the device had nothing new to say. */
export interface Bucket {
  readonly group: ReplyGroup
  readonly values: readonly Value[]
  /** Their numbers in the ledger. */
  readonly numbers: number[]
  /** How many of them may not have been taken. */
  unconfirmed: number
  /** How often samples held these values. */
  found: number
  /** Another one whose values have the same hash. */
  next: Bucket | undefined
}

/** Replies of one device over one set of points. */
export class ReplyGroup {
  readonly device: string
  /** Sorted. */
  readonly points: readonly string[]
  readonly #byHash = new Map<number, Bucket>()

  constructor(device: string, points: readonly string[]) {
    this.device = device
    this.points = points
  }

  add(values: readonly Value[], n: number, isUnconfirmed: boolean): void {
    const unconfirmed = Number(isUnconfirmed)
    const known = this.find(values)
    if (known) {
      known.numbers.push(n)
      known.unconfirmed += unconfirmed
      return
    }
    const hash = tupleHash(values)
    this.#byHash.set(hash, { group: this, values, numbers: [n], unconfirmed, found: 0, next: this.#byHash.get(hash) })
  }

  find(values: readonly Value[]): Bucket | undefined {
    let bucket = this.#byHash.get(tupleHash(values))
    while (bucket && !bucket.values.every((value, index) => sameReading(value, values[index]))) bucket = bucket.next
    return bucket
  }

  /** The values of this group's points, or undefined where one is missing. */
  project(readings: Readings): Value[] | undefined {
    const values: Value[] = []
    for (const point of this.points) {
      const value = readings.get(point)
      if (value === undefined) return undefined
      values.push(value)
    }
    return values
  }

  *buckets(): Generator<Bucket> {
    for (const first of this.#byHash.values()) {
      for (let bucket: Bucket | undefined = first; bucket; bucket = bucket.next) yield bucket
    }
  }
}

/** Device → its groups, those with most points first; and how many readings all replies hold. */
export interface GroupedReplies {
  readonly devices: ReadonlyMap<string, readonly ReplyGroup[]>
  readonly produced: number
}

export function groupReplies(
  replies: Iterable<Reply>,
  only: (device: string, point: string) => boolean,
): GroupedReplies {
  const devices = new Map<string, Map<string, ReplyGroup>>()
  let produced = 0
  for (const reply of replies) {
    const readings = readingsOf(reply, only)
    if (readings.size === 0) continue
    produced += readings.size
    const points = [...readings.keys()].toSorted()
    const groups = devices.get(reply.device) ?? new Map<string, ReplyGroup>()
    devices.set(reply.device, groups)
    const key = points.join('\n')
    const group = groups.get(key) ?? new ReplyGroup(reply.device, points)
    groups.set(key, group)
    group.add(group.project(readings) ?? [], reply.n, reply.unconfirmed === true)
  }
  const sorted = [...devices].map(
    ([device, groups]) => [device, [...groups.values()].toSorted((a, b) => b.points.length - a.points.length)] as const,
  )
  return { devices: new Map(sorted), produced }
}
