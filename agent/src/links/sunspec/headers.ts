import type { Quality, Value } from '@lineside/contract'
import type { HeaderPoint } from '@lineside/device-profiles'
import type { PollOutcome } from '../../poll/outcome.ts'

/** A header that was read along, and the points of its model in the same poll. */
export interface ReadHeader {
  readonly header: HeaderPoint
  readonly points: readonly string[]
}

/**
 * What a poll brought, without the headers and without what none vouches for: where a header could not be read, neither
 * can its model. `moved`: a header is another than the one that was found, so that nothing of the poll means what it did.
 */
export function vouchedFor(outcome: PollOutcome, headers: readonly ReadHeader[]): PollOutcome | 'moved' {
  const values: Record<string, Value> = { ...outcome.values }
  const quality: Record<string, Quality> = { ...outcome.quality }
  for (const { header, points } of headers) {
    const { name } = header.point
    const shown = values[name]
    if (shown !== undefined && shown !== header.wanted) return 'moved'
    const bad = quality[name] ?? 'bad:communication'
    delete values[name]
    delete quality[name]
    if (shown !== undefined) continue
    for (const point of points) {
      if (!(point in values)) continue
      delete values[point]
      quality[point] = bad
    }
  }
  return { ...outcome, values, quality: Object.keys(quality).length > 0 ? quality : undefined }
}
