import { encodeMember, isKind, parseJson } from '@lineside/contract'
import type { Entry } from '@lineside/contract'
import { gzipSync } from 'node:zlib'
import { encodeCounts } from '../batch/counts.ts'
import { batchChecksum } from '../batch/crc32c.ts'
import { damageError } from '../file/damage.ts'
import type { PointId } from '../batch/point-ids.ts'
import type { BatchRow } from './rows.ts'
import { readMember } from '../batch/stored-text.ts'
import { keyOf, nameOf } from './streams.ts'

/**
 * The rows of the batches that share a member, cut at their header lines. Throws a BufferError `damaged` where the
 * member is not what it was.
 */
export function unmerge(row: BatchRow, stream: string, points: Iterable<PointId>): readonly BatchRow[] {
  const { id, seq } = nameOf(row.key)
  const batches =
    batchChecksum(stream, seq, row.member, row.last, row.clock) === row.crc ? readMember(row.member) : undefined
  if (batches?.length !== row.last - seq + 1) throw damageError(`batch ${id}/${seq} can't be taken apart`)
  const ids = idsByName(points)
  return batches.map((batch, index) => {
    const at = seq + index
    const text = encodeMember(batch, batch.lines)
    const member = gzipSync(text)
    const { counts, readings } = countReadings(batch.lines, ids)
    return {
      key: keyOf(id, at),
      last: at,
      t: row.t,
      clock: row.clock,
      entries: batch.lines.length,
      readings,
      text_bytes: Buffer.byteLength(text),
      crc: batchChecksum(stream, at, member, at, row.clock),
      counts: Buffer.from(encodeCounts(counts)),
      member,
    }
  })
}

/** Ids of points, by device and point. */
export function idsByName(points: Iterable<PointId>): ReadonlyMap<string, number> {
  return new Map([...points].map(([point, device, name]) => [`${device}\n${name}`, point]))
}

/** Readings in the samples among some lines; those without an id are counted under 0. */
export function countReadings(lines: readonly string[], ids: ReadonlyMap<string, number>) {
  const counts = new Map<number, number>()
  let readings = 0
  for (const line of lines) {
    if (!line.startsWith('{"k":"sample"')) continue
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the checksum says that it is what was committed
    const entry = parseJson(line) as Entry
    if (!isKind(entry, 'sample')) continue
    for (const point of new Set([...Object.keys(entry.values), ...Object.keys(entry.quality ?? {})])) {
      const id = ids.get(`${entry.device}\n${point}`) ?? 0
      counts.set(id, (counts.get(id) ?? 0) + 1)
      readings++
    }
  }
  return { counts, readings }
}
