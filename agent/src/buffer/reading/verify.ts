import { addRange, emptySet, entryProblem, parseJson, subtractSets } from '@lineside/contract'
import type { IntervalSet } from '@lineside/contract'
import { batchChecksum } from '../batch/crc32c.ts'
import { intersectSets } from '../sending/receipt.ts'
import type { BufferReader } from './reader.ts'
import { isSoundBatch } from '../store/sound-batch.ts'
import type { BatchRow } from '../store/rows.ts'
import { readMember } from '../batch/stored-text.ts'
import { nameOf } from '../store/streams.ts'

export interface Verified {
  readonly streams: number
  readonly batches: number
  readonly readings: number
  /** In words; at most the first hundred. */
  readonly problems: readonly string[]
}

const maxProblems = 100

/**
 * Proves that every batch that should wait is there once, under its own name, with the bytes that were committed, and
 * readable down to each entry; and that nothing is gone which was given out last. Works beside a running agent: each page is judged with the list of its own moment.
 */
export function verifyBuffer(reader: BufferReader): Verified {
  const problems: string[] = []
  const say = (text: string) => {
    if (problems.length < maxProblems) problems.push(text)
  }
  let batches = 0
  let readings = 0
  // Before the streams: the agent writes it after them.
  const { found: given, problem: ofFile } = reader.highWater()
  const streams = reader.streams()
  if (ofFile !== undefined) say(ofFile)
  const highs = new Map([...streams.values()].map(({ stream, high }) => [stream, high]))
  for (const { stream, high } of given) {
    const known = highs.get(stream) ?? 0
    if (known < high) say(`${stream}/${range(known + 1, high)}: given out, and gone with the newest commits`)
  }
  for (const { id, stream } of streams.values()) {
    for (let from = 1; ; ) {
      const found = reader.page(id, from)
      if (!found || from > found.row.high) break
      const to = found.batches.at(-1)?.last ?? found.row.high
      let there: IntervalSet = emptySet
      for (const batch of found.batches) {
        batches += Math.max(batch.last - nameOf(batch.key).seq, 0) + 1
        readings += batch.readings
        there = addRange(there, nameOf(batch.key).seq, Math.max(batch.last, nameOf(batch.key).seq))
        const problem = batchProblem(batch, reader.gateway, stream)
        if (problem !== undefined) say(`${stream}/${nameOf(batch.key).seq}: ${problem}`)
      }
      const expected = intersectSets(found.row.present, [[from, to]])
      for (const [first, last] of subtractSets(expected, there)) say(`${stream}/${range(first, last)}: not there`)
      for (const [first, last] of subtractSets(there, expected)) say(`${stream}/${range(first, last)}: not in the list`)
      from = to + 1
    }
  }
  return { streams: streams.size, batches, readings, problems }
}

function batchProblem(row: BatchRow, gateway: string, stream: string): string | undefined {
  if (!isSoundBatch(row)) return 'a field has another type than it was stored with'
  const { seq } = nameOf(row.key)
  if (batchChecksum(stream, seq, row.member, row.last, row.clock) !== row.crc) return 'the checksum differs'
  const batches = readMember(row.member)
  if (!batches) return 'not a member of batches'
  if (batches.length !== row.last - seq + 1) return `${batches.length} batches for ${range(seq, row.last)}`
  let entries = 0
  for (const [index, batch] of batches.entries()) {
    if (batch.gateway !== gateway || batch.stream !== stream || batch.seq !== seq + index) {
      return `the header names ${batch.gateway} ${batch.stream}/${batch.seq}`
    }
    entries += batch.lines.length
    for (const line of batch.lines) {
      const problem = entryProblem(parseJson(line))
      if (problem !== undefined) return `an entry can't be read: ${problem}`
    }
  }
  return entries === row.entries ? undefined : `${entries} entries, ${row.entries} were stored`
}

function range(first: number, last: number): string {
  return first === last ? String(first) : `${first}-${last}`
}
