import type { ModbusReader, ReadRequest } from '@lineside/device-profiles'

/**
 * Smaller requests in place of one that the device refuses as a whole, so that one bad register makes one point bad.
 * It is cut where the widest hole between its points is, for a hole that can't be read is the usual reason; none where
 * there is nothing to cut.
 */
export function splitRefused(reader: ModbusReader, request: ReadRequest): readonly ReadRequest[] {
  if (request.points.length < 2) return []
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
  const names = points.map(p => p.name)
  return [...reader.plan(names.slice(0, cut)), ...reader.plan(names.slice(cut))]
}
