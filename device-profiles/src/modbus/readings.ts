import type { Quality, Value } from '@lineside/contract'

/** What one poll has brought so far. All requests of one poll are decoded into the same object. */
export interface Readings {
  readonly values: Record<string, Value>
  /** Undefined while all points are good. */
  quality: Record<string, Quality> | undefined
}

export function setQuality(into: Readings, point: string, quality: Quality): void {
  if (into.quality === undefined) into.quality = { [point]: quality }
  else into.quality[point] = quality
}
