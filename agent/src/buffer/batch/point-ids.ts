import type { Sample } from '@lineside/contract'
import { maxPoints } from './counts.ts'
import type { Counts } from './counts.ts'

/** One pair of device and point with its id, as the database keeps it. */
export type PointId = readonly [id: number, device: string, point: string]

/** Gives ids to pairs of device and point, so that counting a reading is one look-up and one addition. */
export class PointIds {
  readonly #devices = new Map<string, Map<string, number>>()
  #fresh: PointId[] = []
  #next = 1

  constructor(known: Iterable<PointId> = []) {
    this.#learn(known)
  }

  /** Adds the readings of one sample to `counts`, and returns how many they are. */
  count(sample: Sample, counts: ReadingCounts): number {
    const points = this.#of(sample.device)
    let readings = 0
    for (const point in sample.values) {
      counts.add(points.get(point) ?? this.#mint(points, sample.device, point))
      readings++
    }
    for (const point in sample.quality) {
      if (Object.hasOwn(sample.values, point)) continue
      counts.add(points.get(point) ?? this.#mint(points, sample.device, point))
      readings++
    }
    return readings
  }

  /** Pairs that the database may not know yet; they stay on the list until `confirm`. */
  get fresh(): readonly PointId[] {
    return this.#fresh
  }

  /** Goes on from the ids that a database has; gives what each id that was given out before is from now on. */
  adopt(known: Iterable<PointId>): ReadonlyMap<number, number> {
    const before = this.#all()
    this.#devices.clear()
    this.#fresh = []
    this.#next = 1
    this.#learn(known)
    return new Map(
      before.map(([id, device, point]) => {
        const points = this.#of(device)
        return [id, points.get(point) ?? this.#mint(points, device, point)]
      }),
    )
  }

  /** Of how many devices they count readings. */
  devicesOf(counts: Counts): number {
    return new Set(this.#all().flatMap(([id, device]) => (counts.has(id) ? [device] : []))).size
  }

  confirm(stored: number): void {
    this.#fresh = this.#fresh.slice(stored)
  }

  #learn(known: Iterable<PointId>): void {
    for (const [id, device, point] of known) {
      this.#of(device).set(point, id)
      this.#next = Math.max(this.#next, id + 1)
    }
  }

  #all(): PointId[] {
    return [...this.#devices].flatMap(([device, points]) =>
      [...points].map(([point, id]) => [id, device, point] as const),
    )
  }

  #of(device: string): Map<string, number> {
    let points = this.#devices.get(device)
    if (!points) this.#devices.set(device, (points = new Map()))
    return points
  }

  #mint(points: Map<string, number>, device: string, point: string): number {
    if (this.#next > maxPoints) return 0
    const id = this.#next++
    points.set(point, id)
    this.#fresh.push([id, device, point])
    return id
  }
}

/** Counts under way, dense by point id. */
export class ReadingCounts {
  #counts = new Uint32Array(256)
  readonly #touched: number[] = []

  add(id: number): void {
    if (id >= this.#counts.length) {
      const wider = new Uint32Array(Math.max(id + 1, this.#counts.length * 2))
      wider.set(this.#counts)
      this.#counts = wider
    }
    const before = this.#counts[id] ?? 0
    if (before === 0) this.#touched.push(id)
    this.#counts[id] = before + 1
  }

  /** All counts, and begins again at none. */
  take(): Map<number, number> {
    const result = new Map<number, number>()
    for (const id of this.#touched) {
      result.set(id, this.#counts[id] ?? 0)
      this.#counts[id] = 0
    }
    this.#touched.length = 0
    return result
  }
}
