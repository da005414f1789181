import type { Barrier, ModbusReader, ReadRequest } from '@lineside/device-profiles'

/** What stands in the place of a request that was refused. */
export interface Split {
  readonly parts: readonly ReadRequest[]
  /** What no read may reach over, should all parts be answered; undefined where the parts overlap. */
  readonly barrier: Barrier | undefined
}

/**
 * Smaller requests in place of one that the device refuses as a whole, so that one bad register makes one point bad.
 * It is cut where the widest hole between its points is, for a hole that can't be read is the usual reason; undefined
 * where there is nothing to cut.
 */
export function splitRefused(reader: ModbusReader, request: ReadRequest): Split | undefined {
  if (request.points.length < 2) return undefined
  const points = request.points
    .flatMap(name => reader.profile.points.get(name) ?? [])
    .toSorted((a, b) => a.address - b.address)
  let cut = points.length >> 1
  let widest = 0
  for (let i = 1; i < points.length; i++) {
    const before = points[i - 1]
    const after = points[i]
    const hole = before && after ? after.address - before.address - before.count : 0
    if (hole > widest) {
      widest = hole
      cut = i
    }
  }
  const left = points.slice(0, cut)
  const right = points.slice(cut)
  const parts = [left, right].flatMap(half => reader.plan(half.map(point => point.name)))
  const table = points[0]?.table
  const startsBefore = Math.max(...left.map(point => point.address + point.count))
  const endsBehind = Math.min(...right.map(point => point.address))
  const isBetween = table !== undefined && startsBefore <= endsBehind
  return { parts, barrier: isBetween ? { table, startsBefore, endsBehind } : undefined }
}
