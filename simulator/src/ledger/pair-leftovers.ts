import type { Value } from '@lineside/contract'
import { isOfTheWay, type Readings, sameReading, showReadings } from './readings.ts'
import type { Bucket } from './reply-groups.ts'

/** Readings of a sample that are no reply's. */
export interface Leftover {
  readonly device: string
  readonly readings: Readings
}

/** One difference, for the person who looks for its cause. */
export interface Difference {
  readonly kind: 'lost' | 'duplicated' | 'altered'
  readonly device: string
  /** Number of the reply in the ledger; absent where no reply can be meant. */
  readonly n?: number
  readonly produced?: Readonly<Record<string, Value>>
  readonly stored?: Readonly<Record<string, Value>>
}

/** A reply that no sample held as a whole. */
interface Missing {
  readonly bucket: Bucket
  readonly n: number
  taken: boolean
}

export interface PairedCounts {
  readonly stored: number
  readonly lost: number
  readonly altered: number
}

/** A value that more replies share than this says nothing about which one is meant. */
const mostVoters = 64

/**
 * Takes each leftover for the reply that it agrees with most: points that agree are stored, others altered, points
 * that are missing lost. What is left of a leftover that no reply can be meant by is altered too: nobody produced it.
 */
export function pairLeftovers(
  unmatched: readonly Bucket[],
  leftovers: readonly Leftover[],
  note: (difference: Difference) => void,
): PairedCounts {
  const index = new MissingIndex(unmatched)
  const counts = { stored: 0, lost: 0, altered: 0 }
  for (const { device, readings } of leftovers) {
    while ([...readings.values()].some(reading => !isOfTheWay(reading))) {
      const missing = index.bestFor(device, readings)
      const before = counts.altered + counts.lost
      const stored = showReadings(readings)
      if (missing === undefined) {
        for (const reading of readings.values()) if (!isOfTheWay(reading)) counts.altered++
        note({ kind: 'altered', device, stored })
        break
      }
      settle(missing, readings, counts)
      if (counts.altered + counts.lost > before) {
        note({ kind: 'altered', device, n: missing.n, produced: producedOf(missing), stored })
      }
    }
  }
  for (const missing of index.rest()) {
    counts.lost += missing.bucket.values.length
    note({ kind: 'lost', device: missing.bucket.group.device, n: missing.n, produced: producedOf(missing) })
  }
  return counts
}

function settle(missing: Missing, readings: Readings, counts: { stored: number; lost: number; altered: number }): void {
  missing.taken = true
  const { group, values } = missing.bucket
  for (const [place, point] of group.points.entries()) {
    const reading = readings.get(point)
    if (reading === undefined || isOfTheWay(reading)) counts.lost++
    else if (sameReading(reading, values[place])) counts.stored++
    else counts.altered++
    readings.delete(point)
  }
}

function producedOf({ bucket }: Missing): Record<string, Value> {
  return showReadings(new Map(bucket.group.points.map((point, place) => [point, bucket.values[place] ?? ''])))
}

class MissingIndex {
  readonly #byDevice = new Map<string, Missing[]>()
  /** Before this place all of a device are taken. */
  readonly #begin = new Map<string, number>()
  /** Device, point and value → replies with it. */
  readonly #byReading = new Map<string, Missing[]>()

  constructor(unmatched: readonly Bucket[]) {
    for (const bucket of unmatched) {
      for (const n of bucket.numbers.slice(bucket.found)) this.#add({ bucket, n, taken: false })
    }
  }

  #add(missing: Missing): void {
    const { group, values } = missing.bucket
    push(this.#byDevice, group.device, missing)
    for (const [place, point] of group.points.entries()) {
      push(this.#byReading, readingKey(group.device, point, values[place]), missing)
    }
  }

  /** The reply that agrees in most points; else the first one that has one of the points at all. */
  bestFor(device: string, readings: Readings): Missing | undefined {
    const votes = new Map<Missing, number>()
    for (const [point, reading] of readings) {
      const voters = this.#byReading.get(readingKey(device, point, reading)) ?? []
      for (const missing of voters.slice(0, mostVoters)) {
        if (!missing.taken) votes.set(missing, (votes.get(missing) ?? 0) + 1)
      }
    }
    let best: Missing | undefined
    for (const [missing, count] of votes) if (best === undefined || count > (votes.get(best) ?? 0)) best = missing
    return best ?? this.#firstFor(device, readings)
  }

  #firstFor(device: string, readings: Readings): Missing | undefined {
    const all = this.#byDevice.get(device) ?? []
    let from = this.#begin.get(device) ?? 0
    while (all[from]?.taken === true) from++
    this.#begin.set(device, from)
    for (let at = from; at < all.length; at++) {
      const missing = all[at]
      if (missing?.taken === false && missing.bucket.group.points.some(point => readings.has(point))) return missing
    }
    return undefined
  }

  *rest(): Generator<Missing> {
    for (const all of this.#byDevice.values()) for (const missing of all) if (!missing.taken) yield missing
  }
}

function readingKey(device: string, point: string, reading: Value | undefined): string {
  const text = typeof reading === 'boolean' ? String(Number(reading)) : String(reading)
  return `${device}\n${point}\n${typeof reading === 'string' ? 's' : ''}${text}`
}

function push<K, V>(lists: Map<K, V[]>, key: K, value: V): void {
  const list = lists.get(key)
  if (list) list.push(value)
  else lists.set(key, [value])
}
