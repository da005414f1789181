import type { Quality, Value } from '@lineside/contract'

/** What one frame or message has brought so far. */
export interface Readings {
  readonly values: Record<string, Value>
  /** Undefined while all points are good. */
  quality?: Record<string, Quality>
}

export function setQuality(into: Readings, point: string, quality: Quality): void {
  if (into.quality === undefined) into.quality = { [point]: quality }
  else into.quality[point] = quality
}

/** Lowers every good reading to an uncertain quality, but for those that are spared. */
export function lowerAll(into: Readings, quality: Quality, spared: readonly string[] = []): void {
  for (const point of Object.keys(into.values)) {
    const good = into.quality === undefined || !Object.hasOwn(into.quality, point)
    if (good && !spared.includes(point)) setQuality(into, point, quality)
  }
}
