import { encodeMember, isEntry, isKind, limits, parseJson, stringifyJson } from '@lineside/contract'
import type { ClockMark, Entry } from '@lineside/contract'
import { gzipSync } from 'node:zlib'
import { roundingMs, type RunClock } from '../store/run-clocks.ts'
import { batchChecksum } from '../batch/crc32c.ts'
import { damageError } from '../file/damage.ts'
import type { BatchRow } from '../store/rows.ts'
import { readMember } from '../batch/stored-text.ts'
import { nameOf } from '../store/streams.ts'

export interface Correction {
  readonly shiftMs: number
  /** Absent: the times were right all along. */
  readonly mark?: ClockMark
}

/** What is to be done to a batch that was stamped by `clock`, now that its run's clock is known or will never be. */
export function correctionOf(clock: number, run: RunClock | undefined): Correction {
  if (run?.state !== 'known') return { shiftMs: (run?.zero ?? clock) - clock, mark: 'unknown' }
  const shiftMs = run.zero - clock
  return Math.abs(shiftMs) < roundingMs ? { shiftMs } : { shiftMs, mark: 'unsynchronised' }
}

/** No reading was taken before this was written, nor will be so much later: what says so is wrong. */
const earliestMs = Date.UTC(2020, 0)
const latestMs = Date.UTC(2075, 0)

/** A correction of times around `t`; one to where they can't be is not made, and they count as unknown. */
export function sensible(correction: Correction, t: number): Correction {
  const corrected = t + correction.shiftMs
  if (correction.mark !== 'unsynchronised' || (corrected >= earliestMs && corrected < latestMs)) return correction
  return { shiftMs: 0, mark: 'unknown' }
}

/** An entry by the right clock. What a device stamped by its own stays as it is. */
export function correctEntry(entry: Entry, { shiftMs, mark }: Correction): Entry {
  if (isKind(entry, 'sample') && entry.clock === 'device') return entry
  const times = Object.entries(entry).flatMap(([key, value]) =>
    (key === 't' || key === 'until') && typeof value === 'number' ? [[key, Math.max(0, value + shiftMs)] as const] : [],
  )
  return { ...entry, ...Object.fromEntries(times), ...(mark === undefined ? {} : { clock: mark }) }
}

/**
 * A row with its times corrected, under the same names (protocol.md, C1); undefined where its batches need more room
 * than one member has. Throws a BufferError `damaged` where the member is not what it was.
 */
export function restampRow(row: BatchRow, stream: string, correction: Correction): BatchRow | undefined {
  const { seq } = nameOf(row.key)
  const settled = (member: Buffer, textBytes: number): BatchRow => ({
    ...row,
    clock: 0,
    text_bytes: textBytes,
    crc: batchChecksum(stream, seq, member, row.last),
    member,
  })
  if (correction.shiftMs === 0 && correction.mark === undefined) return settled(row.member, row.text_bytes)
  const batches = readMember(row.member)
  if (!batches) throw damageError(`batch ${stream}/${seq} can't be read`)
  const text = batches
    .map(batch =>
      encodeMember(
        batch,
        batch.lines.map(line => correctLine(line, correction)),
      ),
    )
    .join('')
  const bytes = Buffer.byteLength(text)
  const member = bytes > limits.memberTextBytes ? undefined : gzipSync(text)
  if (member === undefined || member.length > limits.memberBytes)
    return batches.length > 1 ? undefined : settled(gzipSync(text, { level: 9 }), bytes)
  return settled(member, bytes)
}

function correctLine(line: string, correction: Correction): string {
  const entry = parseJson(line)
  return isEntry(entry) ? stringifyJson(correctEntry(entry, correction)) : line
}
