import type { Quality, Value } from '@lineside/contract'
import { type ModbusPoint, type ModbusProfile, plainPoint } from '@lineside/device-profiles'
import type { PollOutcome } from '../../poll/outcome.ts'

/** A scale factor that is too far from some of its values to come with them in one request. */
export interface FarFactor {
  /** Its register, as a point of its own. */
  readonly point: ModbusPoint
  /** The values that are too far. */
  readonly points: readonly string[]
}

/** The scale factors that a device could change between the requests that bring them and their values. */
export function farFactors({ points, limits }: ModbusProfile): readonly FarFactor[] {
  const far = [...points.values()].flatMap(({ name, address, count, scaleFrom }) => {
    if (!scaleFrom) return []
    const length = Math.max(address + count, scaleFrom.address + 1) - Math.min(address, scaleFrom.address)
    return length > limits.registers ? [{ name, at: scaleFrom.address }] : []
  })
  return [...Map.groupBy(far, ({ at }) => at)].map(([at, own]) => ({
    point: { ...plainPoint(`scale factor at ${at}`), address: at },
    points: own.map(({ name }) => name),
  }))
}

/**
 * What a poll brought, without the values whose scale factor was another before them than `behind` them, or could not be
 * read again: nobody knows which of the two they were made with.
 */
export function steadyOnly(outcome: PollOutcome, behind: PollOutcome, factors: readonly FarFactor[]): PollOutcome {
  const values: Record<string, Value> = { ...outcome.values }
  const quality: Record<string, Quality> = { ...outcome.quality }
  for (const { point, points } of factors) {
    const [before, after] = [values[point.name], behind.values[point.name]]
    delete values[point.name]
    delete quality[point.name]
    if (before !== undefined && before === after) continue
    for (const name of points) {
      if (!(name in values)) continue
      delete values[name]
      quality[name] = after === undefined ? 'bad:communication' : 'bad:malformed'
    }
  }
  return { ...outcome, values, quality: Object.keys(quality).length > 0 ? quality : undefined }
}
