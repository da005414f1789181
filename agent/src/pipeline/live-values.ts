import type { Quality, Sample, Value } from '@lineside/contract'

/** The newest reading of one point. */
export interface LiveReading {
  /** Source time, UTC ms. */
  readonly t: number
  /** Absent where the quality is bad. */
  readonly value: Value | undefined
  /** Undefined is good. */
  readonly quality: Quality | undefined
  /** Source time at which it became bad, or was good or uncertain again, UTC ms; undefined: it never was bad. */
  readonly turnedAt?: number | undefined
}

export interface LiveValues {
  update(sample: Sample): void
  /** Point name → newest reading; empty for a device that has said nothing yet. */
  of(device: string): ReadonlyMap<string, LiveReading>
}

interface Cell {
  t: number
  value: Value | undefined
  quality: Quality | undefined
  turnedAt: number | undefined
}

const nothing: ReadonlyMap<string, LiveReading> = new Map()

/** Bounded by the devices and points that are configured: a sample can name no others. */
export function createLiveValues(devices: Iterable<string>): LiveValues {
  const cells = new Map<string, Map<string, Cell>>([...devices].map(name => [name, new Map<string, Cell>()]))
  return {
    update(sample) {
      const points = cells.get(sample.device)
      if (!points) return
      const { t, values, quality } = sample
      for (const name in values) put(points, name, t, values[name], quality?.[name])
      if (!quality) return
      for (const name in quality) if (!(name in values)) put(points, name, t, undefined, quality[name])
    },
    of: device => cells.get(device) ?? nothing,
  }
}

// Cells are written in place: this runs for every reading.
function put(
  points: Map<string, Cell>,
  name: string,
  t: number,
  value: Value | undefined,
  quality: Quality | undefined,
): void {
  const cell = points.get(name)
  if (!cell) {
    points.set(name, { t, value, quality, turnedAt: isBad(quality) ? t : undefined })
    return
  }
  if (quality !== cell.quality && isBad(quality) !== isBad(cell.quality)) cell.turnedAt = t
  cell.t = t
  cell.value = value
  cell.quality = quality
}

function isBad(quality: Quality | undefined): boolean {
  return quality?.startsWith('bad:') === true
}
